//! Credentials: people with several ids and mail addresses, at several partners; passes that count, that are not named, that
//! come too late, that have expired; and rows that are wrong.

use std::path::Path;

use chrono::{Days, NaiveDate};

use super::World;
use super::dice::{DayStyle, Dice};
use super::sheet::Sheet;

/// Title, and the code where the own format would rather give that.
const CREDENTIALS: [(&str, &str); 17] = [
    ("Technical Assessment for Cloud Platform", "13736"),
    ("technical assessment  for using Microsoft Azure for Datacenter Solutions", "13736"),
    ("ÉVALUATION TECHNIQUE POUR PLATEFORME CLOUD", "13736"),
    ("Technical Assessment for Using Azure for Data Analytics and Data Platform Solutions", "13735"),
    ("Technical Assessment for Using Microsoft Azure for Application Development", "13979"),
    ("Technical Assessment for Using Azure for Internet of Things Solutions", "16252"),
    ("Technical Assessment for Using Azure Remote Desktop Service", "16571"),
    ("Exam 70-532: Developing Microsoft Azure Solutions", "70-532"),
    ("Implementing Microsoft Azure Infrastructure Solutions (70-533)", "70-533"),
    ("70-534", "70-534"),
    ("Architecting Microsoft Azure Solutions - 70-535", "70-535"),
    ("70-473/Designing and Implementing Cloud Data Platform Solutions", "70-473"),
    ("70-475, Big Data", "70-475"),
    ("MCSA: Linux on  Azure", "MCSA: Linux on Azure"),
    ("Exam 170-532: Another exam", "170-532"),
    ("Exam 70-5321: Another exam", "70-5321"),
    ("A very general exam", "99999"),
];

struct Person {
    ids: Vec<String>,
    mails: Vec<String>,
}

pub(crate) fn write(folder: &Path, world: &World, dice: &mut Dice) {
    let people: Vec<Person> = (0..70)
        .map(|n| Person {
            ids: (0..=dice.skewed(3)).map(|k| format!("{}", 990_000_000 + n * 10 + k)).collect(),
            mails: (0..=dice.skewed(3)).map(|k| format!("Person{n}.{k}@example.com")).collect(),
        })
        .collect();
    own(folder, world, &people, dice);
    training(folder, world, &people, true, dice);
    training(folder, world, &people, false, dice);
}

/// The names by which one record knows a person: an id, mail addresses, or both.
fn names(person: &Person, dice: &mut Dice) -> (String, String, String) {
    let id = person.ids[dice.below(person.ids.len())].clone();
    let mail = dice.one_of(&person.mails);
    let corporate = dice.one_of(&person.mails);
    match dice.below(5) {
        0 => (id, String::new(), String::new()),
        1 => ("NULL".to_owned(), mail, String::new()),
        2 => (String::new(), mail, corporate),
        3 => (id, mail, String::new()),
        _ => (id, String::new(), corporate),
    }
}

/// Completion and expiry, often at the edge.
fn days(as_of: NaiveDate, dice: &mut Dice) -> (NaiveDate, Option<NaiveDate>) {
    let completed = match dice.below(12) {
        0 => as_of,
        1 => as_of + Days::new(1),
        _ => as_of - Days::new(dice.below(900) as u64) + Days::new(dice.below(30) as u64),
    };
    let expires = match dice.below(10) {
        0 => Some(as_of),
        1 => Some(as_of - Days::new(1)),
        2 | 3 => Some(as_of + Days::new(dice.below(700) as u64)),
        _ => None,
    };
    (completed, expires)
}

fn own(folder: &Path, world: &World, people: &[Person], dice: &mut Dice) {
    let mut sheet =
        Sheet::new("partner_id,individual_id,email,kind,credential,completed_on,expires_on", dice);
    for _ in 0..160 {
        let (id, mail, _) = names(&people[dice.skewed(people.len())], dice);
        let (title, code) = CREDENTIALS[dice.below(CREDENTIALS.len())];
        let (completed, expires) = days(world.as_of, dice);
        let mut cells = [
            ("partner_id", world.partners[world.any_partner(dice)].clone()),
            ("individual_id", id),
            ("email", mail),
            ("credential", dice.pick(&[title, code]).to_owned()),
            ("completed_on", completed.to_string()),
            ("expires_on", expires.map_or(String::new(), |d| d.to_string())),
        ];
        match dice.below(60) {
            0 => cells[0].1 = "Unassigned".to_owned(),
            1 => {
                cells[1].1 = "0".to_owned();
                cells[2].1 = String::new();
            }
            2 => cells[4].1 = "soon".to_owned(),
            3 => cells[4].1 = String::new(),
            4 => cells[4].1 = "2017-02-29".to_owned(),
            5 => cells[5].1 = "2017-06-31".to_owned(),
            6 => cells[3].1 = String::new(),
            7 => {
                sheet.faulty_line(dice);
                continue;
            }
            _ => (),
        }
        // A record without any name is refused; the dice may have left one without by chance.
        sheet.line(&cells, dice);
    }
    sheet.save(folder, "credentials.csv", dice);
}

fn training(folder: &Path, world: &World, people: &[Person], newer: bool, dice: &mut Dice) {
    let header = if newer {
        "PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,CorpEmail,\
         TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName,PartnerCityLocation,\
         PartnerCountryLocation"
    } else {
        "TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,CorpEmail,\
         TrainingCompletionDate,Month,IcMCP,MCPID,MpnId,PartnerName,PartnerCityLocation,PartnerCountryLocation"
    };
    let mut sheet = Sheet::with_delimiter(header, '\t', dice);
    for _ in 0..120 {
        let (id, mail, corporate) = names(&people[dice.skewed(people.len())], dice);
        let (title, _) = CREDENTIALS[dice.below(CREDENTIALS.len())];
        let (completed, expires) = days(world.as_of, dice);
        let mut cells = [
            ("MpnId", world.partners[world.any_partner(dice)].clone()),
            ("MCPID", id),
            ("Email", mail),
            ("CorpEmail", corporate),
            ("TrainingActivityId", dice.guid()),
            ("TrainingTitle", title.to_owned()),
            ("TrainingCompletionDate", DayStyle::Iso.write(completed, dice)),
            ("ExpirationDate", expires.map_or(String::new(), |d| d.to_string())),
        ];
        match dice.below(60) {
            0 => cells[0].1 = String::new(),
            1 => cells[6].1 = "2017/06/01".to_owned(),
            2 => (1..4).for_each(|n| cells[n].1 = String::new()),
            _ => (),
        }
        sheet.line(&cells, dice);
    }
    sheet.save(folder, if newer { "training-2023.tsv" } else { "training-2021.tsv" }, dice);
}
