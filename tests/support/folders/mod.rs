//! Folders of small exports that overlap, as people have them. Comes in: a seed. Goes out: a folder, and what to say on the
//! command line. The same seed gives the same folder everywhere. It does not know what counts.

mod exports;
mod runs;
mod truth;

use std::fs;
use std::path::Path;

use crate::dice::Dice;
use exports::{Export, write};
use truth::{Scope, Truth, day};

/// What the folder is, and what to say beside it.
pub(crate) struct Folder {
    /// One line a story of it.
    pub(crate) about: Vec<String>,
    /// `--on-overlap`.
    pub(crate) on_overlap: &'static str,
    /// `--prefer`.
    pub(crate) prefer: Vec<String>,
}

const DATASETS: [&str; 7] =
    ["insights", "cost-actual", "cost-amortized", "focus", "recon-billed", "recon-unbilled", "own"];

/// Writes the folder of a seed below `root`.
pub(crate) fn generate(root: &Path, seed: u64) -> Folder {
    let mut dice = Dice::new(seed);
    let truth = Truth::new(seed);
    roster(root, &mut dice);
    let mut folder = Folder { about: Vec::new(), on_overlap: "auto", prefer: Vec::new() };
    let stories = [1, 1, 1, 2, 2, 3][dice.below(6)];
    let mut export = exports::any(&mut dice);
    for number in 0..stories {
        // A second story is often of the same kind of data, or nearly.
        if number > 0 {
            export = match (dice.below(3), export) {
                (0, same) => same,
                (1, Export::Recon { .. }) => {
                    Export::Recon { invoice: dice.pick(&["", "G01", "G02"]).to_owned() }
                }
                _ => exports::any(&mut dice),
            };
        }
        let scope = Scope::any(&mut dice);
        let place = ["", "exports/", "z/y/"][dice.below(3)];
        let base = root.join(place);
        fs::create_dir_all(&base).expect("a folder can be made");
        let about = match dice.below(8) {
            0..=2 => runs::scheduled(&base, number, &export, &scope, &truth, &mut dice),
            3 => loose(&base, number, &export, &scope, &truth, &mut dice),
            4 => parts(&base, number, &export, &scope, &truth, &mut dice),
            _ => copies(&base, number, &export, &scope, &truth, &mut dice),
        };
        folder.about.push(format!("{place} {export:?} {scope:?}: {about}"));
    }
    folder.on_overlap =
        ["auto", "auto", "auto", "auto", "auto", "newest", "newest", "sum", "error"][dice.below(9)];
    // Whether `error` takes parts of the same bytes as an overlap is not decided.
    if folder.on_overlap == "error" && folder.about.iter().any(|about| about.contains("named as parts")) {
        folder.on_overlap = "auto";
    }
    if dice.chance(450) {
        let count = 1 + dice.below(3);
        folder.prefer = (0..count).map(|_| dice.pick(&DATASETS).to_owned()).collect();
        folder.prefer.dedup();
        if folder.prefer.len() == 3 && folder.prefer[0] == folder.prefer[2] {
            folder.prefer.pop();
        }
    }
    folder
}

/// Partners, and whose subscriptions are: the last one is nobody's, the one before it of a type that is not accepted.
fn roster(root: &Path, dice: &mut Dice) {
    let head = if dice.chance(300) { "1001" } else { "" };
    let partners = format!(
        "partner_id,name,country,market,rolls_up_to\n1001,One,US,developed,\n1002,Two,US,developing,\n1003,Three,,,{head}\n"
    );
    fs::write(root.join("partners.csv"), partners).expect("a file can be written");
    let from = if dice.chance(200) { "2017-06-03" } else { "" };
    let associations = format!(
        "subscription_id,partner_id,type,from,to\ns1,1001,dpor,{from},\ns2,1002,tpor,,\ns3,1001,dpor,,\ns3,1002,dpor,,\ns4,1003,pal,,\n"
    );
    fs::write(root.join("associations.csv"), associations).expect("a file can be written");
}

/// Files of one folder whose names differ in a date alone.
fn loose(
    root: &Path,
    number: usize,
    export: &Export,
    scope: &Scope,
    truth: &Truth,
    dice: &mut Dice,
) -> String {
    let style = ["usage-%Y-%m-%d", "%Y%m%d_usage", "usage_%Y%m%d", "usage %Y_%m_%d"][dice.below(4)];
    let count = 2 + dice.below(3);
    let shape = dice.below(4);
    let mut last = scope.first + chrono::Days::new(dice.below(4) as u64);
    let mut restated = truth.clone();
    for index in 0..count {
        let name = format!("f{number}{}.csv", last.format(style));
        let part = match shape {
            // The month so far; the last days; each day by itself; a customer each.
            0 => Scope { last, ..scope.clone() },
            1 => Scope { first: last - chrono::Days::new(2), last, ..scope.clone() },
            2 => Scope { first: last, last, ..scope.clone() },
            _ => scope.only(index),
        };
        let rows = restated.rows(&part);
        write(&root.join(name), export, &rows, dice);
        if dice.chance(400) {
            restated = restated.restated(dice);
        }
        last = last + chrono::Days::new(1 + dice.below(3) as u64);
    }
    format!("{count} loose files of shape {shape}")
}

/// Files that are named as parts, in a folder of their own: of one run, or copies of one another.
fn parts(
    root: &Path,
    number: usize,
    export: &Export,
    scope: &Scope,
    truth: &Truth,
    dice: &mut Dice,
) -> String {
    let folder = root.join(format!("parts{number}"));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let style = dice.below(5);
    let name = |index: usize| match style {
        0 => format!("part_{index}.csv"),
        1 => format!("part_{index}_0001.csv"),
        2 => format!("part-{index:05}-c000.csv"),
        3 => format!("part.{index}.csv"),
        _ => format!("data_{index}.csv"),
    };
    let rows = truth.rows(scope);
    let shape = dice.below(4);
    let sets = match shape {
        0 | 1 => truth::split(&rows, 2 + dice.below(2), dice),
        2 => vec![rows.clone(), truth.restated(dice).rows(scope)],
        _ => vec![rows.clone(), truth.restated(dice).restated(dice).restated(dice).rows(scope)],
    };
    for (index, rows) in sets.iter().enumerate() {
        write(&folder.join(name(index)), export, rows, dice);
    }
    format!("{} files named as parts, of shape {shape}", sets.len())
}

/// Plain files: a first one, and others that tell some of it again.
fn copies(
    root: &Path,
    number: usize,
    export: &Export,
    scope: &Scope,
    truth: &Truth,
    dice: &mut Dice,
) -> String {
    let dated = dice.below(3);
    let mut about = String::new();
    let count = 2 + usize::from(dice.chance(250));
    for index in 0..count {
        let stem = ["first", "again", "more"][index];
        // A later file has a later date, mostly.
        let shift = if dice.chance(150) { 0 } else { index as u64 };
        let made = day("2017-07-01") + chrono::Days::new(shift);
        let name = match dated {
            0 => format!("{stem}{number}"),
            1 => format!("{stem}{number}-{made}"),
            _ if index == 0 => format!("{stem}{number}"),
            _ => format!("{stem}{number}-{made}"),
        };
        let path = root.join(format!("{name}.csv"));
        let shape = if index == 0 { 0 } else { 1 + dice.below(9) };
        let (first, last) = (scope.first, scope.last);
        let middle = first + (last - first) / 2;
        let mut rows = match shape {
            0 | 1 => truth.rows(scope),
            2 => {
                let bytes =
                    fs::read(root.join(first_name(root, number))).expect("the first file was written");
                if dice.chance(500) {
                    fs::write(&path, bytes).expect("a file can be written");
                } else {
                    exports::write_packed(&root.join(format!("{name}.csv.gz")), &bytes);
                }
                about += "; the same bytes";
                continue;
            }
            3 => truth.restated(dice).rows(scope),
            4 => truth.restated(dice).restated(dice).restated(dice).restated(dice).rows(scope),
            5 => truth.rows(&Scope { first: middle, last: last + chrono::Days::new(2), ..scope.clone() }),
            6 => truth.restated(dice).rows(&Scope { first: middle, ..scope.clone() }),
            7 => truth.restated(dice).rows(&scope.only(0)),
            8 => truth.rows(&scope.only(1)),
            _ => truth.rows(&Scope {
                first: last + chrono::Days::new(1),
                last: last + chrono::Days::new(3),
                ..scope.clone()
            }),
        };
        if index > 0 && dice.chance(500) {
            rows.reverse();
        }
        write(&path, export, &rows, dice);
        about += &format!("; shape {shape}");
    }
    format!("{count} plain files, dates {dated}{about}")
}

fn first_name(root: &Path, number: usize) -> String {
    let entries = fs::read_dir(root).expect("the folder can be listed");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names
        .into_iter()
        .find(|name| name.starts_with(&format!("first{number}")))
        .expect("the first file was written")
}
