//! The page (SPEC 4, `-o report.html`): one HTML file for readers with a browser. Comes in: a [`Presentation`]. Goes out: markup, style and script
//! of the program, and the figures of the run as data. It judges no partner and rounds nothing that the report does not round.
//!
//! No text of an input stands in the markup: texts travel as JSON or as deflated JSON in base64, and the script shows them as text alone. The
//! content security policy names the hash of the one script and the one style, and allows nothing else: no other script, no request.

mod blocks;
mod detail_block;
mod line_columns;
mod run_block;
mod tokens;
mod ways;

use std::collections::HashMap;
use std::io;

use rayon::prelude::*;

use super::explanation::Explanation;
use super::presentation::Presentation;
use super::report::table_of_lines;
use detail_block::DetailBlock;
use run_block::RunBlock;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script of several files, in the order in which they use one another.
const SCRIPT: &str = concat!(
    include_str!("data.js"),
    include_str!("elements.js"),
    include_str!("charts.js"),
    include_str!("run.js"),
    include_str!("table.js"),
    include_str!("detail.js"),
    include_str!("page.js")
);

/// Partners of a detail block, which a browser unpacks as a whole: few enough to be shown at once, enough to compress well.
const DETAIL_PARTNERS: usize = 250;
/// Partners whose explanations are in memory at the same time.
const EXPLAINED_AT_ONCE: usize = 8 * DETAIL_PARTNERS;

/// Writes the page.
///
/// # Errors
/// `out` cannot be written.
pub fn write_page(presentation: &Presentation<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut parts = TEMPLATE.split("{{");
    out.write_all(parts.next().unwrap_or_default().as_bytes())?;
    for part in parts {
        let (marker, rest) = part.split_once("}}").expect("the template closes each marker");
        write_marked(marker, presentation, out)?;
        out.write_all(rest.as_bytes())?;
    }
    Ok(())
}

/// Writes what stands in the place of a marker of the template.
fn write_marked(marker: &str, presentation: &Presentation<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match marker {
        "policy" => out.write_all(policy().as_bytes()),
        "style" => out.write_all(STYLE.as_bytes()),
        "script" => out.write_all(SCRIPT.as_bytes()),
        "run" => {
            let block = RunBlock::of(presentation, DETAIL_PARTNERS);
            out.write_all(blocks::json(&block)?.as_bytes())
        }
        "lines" => {
            let Presentation { rules, context, lines, selected, .. } = presentation;
            let table = table_of_lines(rules, context, *lines, selected.to_vec());
            out.write_all(blocks::packed(&line_columns::of(&table))?.as_bytes())
        }
        "details" => write_details(presentation, out),
        other => unreachable!("the template has no marker {other}"),
    }
}

/// What may run: the script and the style of the program, by the hash of their bytes.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|text| blocks::sha256_base64(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Writes a block for every [`DETAIL_PARTNERS`] partners. Explanations are made for some partners, packed and dropped, so that memory stays bounded.
fn write_details(presentation: &Presentation<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut number = 0;
    for positions in presentation.selected.chunks(EXPLAINED_AT_ONCE) {
        let explained = explained(presentation, positions);
        let packed: Vec<io::Result<String>> = explained
            .par_chunks(DETAIL_PARTNERS)
            .map(|explained| packed_details(presentation, explained))
            .collect();
        for packed in packed {
            write!(out, "\n<script type=\"text/plain\" id=\"detail-{number}\">{}</script>", packed?)?;
            number += 1;
        }
    }
    Ok(())
}

/// The explanations of some partners beside their positions, in the order of the positions.
fn explained(presentation: &Presentation<'_>, positions: &[usize]) -> Vec<(usize, Explanation)> {
    let mut in_report_order = positions.to_vec();
    in_report_order.sort_unstable();
    let explanations = presentation.source.explanations(&in_report_order);
    let mut explained: Vec<(usize, Explanation)> = in_report_order.into_iter().zip(explanations).collect();
    let places: HashMap<usize, usize> = positions.iter().copied().zip(0..).collect();
    explained.sort_by_key(|(position, _)| places[position]);
    explained
}

fn packed_details(presentation: &Presentation<'_>, explained: &[(usize, Explanation)]) -> io::Result<String> {
    let mut block = DetailBlock::default();
    for (position, explanation) in explained {
        block.push(explanation, &ways::of(presentation.rules, presentation.lines, *position));
    }
    blocks::packed(&block)
}
