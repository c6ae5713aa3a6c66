//! Explanations as text for a terminal. Comes in: explanations, the width. Goes out: lines that fit it, but for texts that cannot be cut.
//! Consumption is rounded down to the cent, what is required or lacking up.

use std::io;

use super::{Explanation, Explanations, NotCounted, PartExplained, PersonExplained, TABLE_WITHOUT_ROWS};
use crate::base::amount::Amount;
use crate::config::rules::Quantity;
use crate::outputs::paint::Palette;
use crate::outputs::text::{cut_to_width, one_line};

/// Blanks before the lines of a section.
const INDENT: usize = 2;
/// Blanks between two cells.
const GAP: usize = 2;
/// Width below which no line is cut.
const LEAST_WIDTH: usize = 60;

/// Writes the explanations.
pub(super) fn write(
    explanations: &Explanations,
    width: usize,
    palette: &Palette,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page { width: width.max(LEAST_WIDTH), palette, text: String::new() };
    let Explanations { rule_set, source, note, as_of, window_start, window_end, partners, .. } = explanations;
    for (nth, of) in partners.iter().enumerate() {
        if nth > 0 {
            page.line("");
        }
        page.wrapped_in("", &of.sentence, |word| palette.word(word));
        page.line("");
        let name = of.partner_name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let country = of.country.as_deref().map(|country| format!(", {country}")).unwrap_or_default();
        page.wrapped("partner     ", &format!("{}{name}{country}", of.partner_id));
        if !of.includes.is_empty() {
            page.wrapped("includes    ", &of.includes.join(", "));
        }
        let market = of.market.as_deref().unwrap_or("unknown");
        page.wrapped("market      ", &format!("{market}: {}", of.market_reason));
        page.wrapped(
            "rules       ",
            &format!("{rule_set} as of {as_of}, window {window_start} to {window_end}"),
        );
        note.iter().for_each(|note| page.wrapped("            ", note));
        source.iter().for_each(|source| page.wrapped("source      ", source));
        page.wrapped_in("confidence  ", &of.confidence, |word| palette.cell("confidence", word));
        of.depends_on
            .iter()
            .for_each(|on| page.wrapped("            ", &format!("{}: {}", on.code, on.meaning)));
        partner(of, &mut page);
    }
    out.write_all(page.text.as_bytes())
}

fn partner(of: &Explanation, page: &mut Page<'_>) {
    let mut tiers = Grid::new(&["tier", "requires", "required", "has", "lacks", "status"], &[2, 3, 4]);
    for tier in &of.tiers {
        for (nth, required) in tier.requirements.iter().enumerate() {
            tiers.row([
                if nth == 0 { tier.tier.clone() } else { String::new() },
                required.requirement.clone(),
                required.required.map_or_else(|| "by market".to_owned(), rounded_up),
                rounded_down(required.actual),
                required.shortfall.map_or_else(|| "by market".to_owned(), rounded_up),
                required.status.to_owned(),
            ]);
        }
    }
    page.grid("", &tiers);
    if let Some(day) = of.lost_on {
        let lacks = of.lost.iter().filter_map(|lost| match lost.shortfall? {
            Quantity::Usd(Amount::ZERO) | Quantity::Count(0) => None,
            Quantity::Usd(usd) => Some(format!("{} USD", rounded_up(Quantity::Usd(usd)))),
            Quantity::Count(1) => Some("1 person".to_owned()),
            Quantity::Count(count) => Some(format!("{count} people")),
        });
        let lacks: Vec<String> = lacks.collect();
        page.line("");
        page.wrapped(
            "lost        ",
            &format!("on {day}, if nothing more comes: it then lacks {}", lacks.join(" and ")),
        );
    }
    consumption(of, page);
    not_counted(&of.not_counted, page);
    if of.refused_rows > 0 {
        page.line("");
        let rows =
            if of.refused_rows == 1 { "1 row".to_owned() } else { format!("{} rows", of.refused_rows) };
        page.wrapped(
            "refused     ",
            &format!("{rows} of the partner; the rejects file of a report has each"),
        );
    }
    individuals(&of.individuals, page);
    let mut rows =
        Grid::new(&["file", "row", "day", "subscription", "amount", "", "what became of it"], &[1, 4]);
    for row in of.rows.iter().flatten() {
        let sheet = row.sheet.as_deref().map(|sheet| format!("[{sheet}]")).unwrap_or_default();
        rows.row([
            format!("{}{sheet}", row.file),
            row.row.to_string(),
            row.day.map(|day| day.to_string()).unwrap_or_default(),
            row.subscription.clone(),
            row.amount.clone(),
            row.currency.clone(),
            row.outcome.clone(),
        ]);
    }
    page.grid("rows", &rows);
    if let Some(tables) = of.without_rows.as_ref().filter(|tables| !tables.is_empty()) {
        page.line("");
        page.wrapped("no rows     ", &format!("{}: {TABLE_WITHOUT_ROWS}", tables.join(", ")));
    }
}

fn consumption(of: &Explanation, page: &mut Page<'_>) {
    let mut months = Grid::new(&["month", "USD", "leaves the window on"], &[1]);
    for month in &of.months {
        months.row([month.month.to_string(), down(month.usd), month.leaves_on.to_string()]);
    }
    page.grid(&format!("consumption {} USD", down(of.consumption_usd)), &months);
    parts("by association", &of.associations, page);
    if of.locations.len() > 1 || of.locations.iter().any(|part| part.name != of.partner_id) {
        parts("by location", &of.locations, page);
    }
    parts("by source", &of.sources, page);
    let mut subscriptions = Grid::new(&["subscription", "association", "partner", "months", "USD"], &[4]);
    for sub in of.subscriptions.iter().flatten() {
        subscriptions.row([
            shown_subscription(&sub.subscription),
            sub.association.clone(),
            sub.partner_id.clone(),
            span(&sub.first_month.to_string(), &sub.last_month.to_string()),
            down(sub.usd),
        ]);
    }
    page.grid("by subscription", &subscriptions);
    let mut conversions = Grid::new(&["month", "amount", "", "rate", "USD"], &[1, 3, 4]);
    for conversion in &of.conversions {
        conversions.row([
            conversion.month.to_string(),
            grouped(&conversion.amount.to_string()),
            conversion.currency.clone(),
            conversion.rate.clone(),
            down(conversion.usd),
        ]);
    }
    page.grid("converted", &conversions);
}

fn parts(title: &str, parts: &[PartExplained], page: &mut Page<'_>) {
    let mut grid = Grid::new(&["", "", "USD"], &[2]);
    for part in parts {
        grid.row([part.name.clone(), part.detail.clone().unwrap_or_default(), down(part.usd)]);
    }
    page.grid(title, &grid);
}

fn not_counted(not_counted: &[NotCounted], page: &mut Page<'_>) {
    let mut grid = Grid::new(&["why", "subscription", "months", "amount", "", "USD"], &[3, 5]);
    for not in not_counted {
        grid.row([
            not.why.clone(),
            shown_subscription(&not.subscription),
            span(&not.first_month.to_string(), &not.last_month.to_string()),
            grouped(&not.amount.to_string()),
            not.currency.clone(),
            not.usd.map(down).unwrap_or_default(),
        ]);
    }
    page.grid("does not count", &grid);
}

fn individuals(individuals: &[PersonExplained], page: &mut Page<'_>) {
    let mut grid = Grid::new(&["who", "credential", "of", "passed", "until", "counts"], &[]);
    for person in individuals {
        for (nth, pass) in person.passes.iter().enumerate() {
            grid.row([
                if nth == 0 { person.person.clone() } else { String::new() },
                pass.credential.clone(),
                pass.groups.join("+"),
                pass.completed_on.to_string(),
                pass.expires_on.map(|day| day.to_string()).unwrap_or_default(),
                if pass.counts { "yes".to_owned() } else { format!("no: {}", pass.why) },
            ]);
        }
    }
    page.grid("individuals", &grid);
    for person in individuals {
        if let Some(joined) = &person.joined_by {
            page.wrapped("  ", &format!("{}: {joined}", person.person));
        }
    }
}

fn shown_subscription(subscription: &str) -> String {
    if subscription.is_empty() { "(none)".to_owned() } else { subscription.to_owned() }
}

fn span(first: &str, last: &str) -> String {
    if first == last { first.to_owned() } else { format!("{first} to {last}") }
}

fn down(usd: Amount) -> String {
    grouped(&usd.floor_to_cents().to_string())
}

fn rounded_down(quantity: Quantity) -> String {
    match quantity {
        Quantity::Usd(usd) => down(usd),
        Quantity::Count(count) => count.to_string(),
    }
}

fn rounded_up(quantity: Quantity) -> String {
    match quantity {
        Quantity::Usd(usd) => grouped(&usd.ceil_to_cents().to_string()),
        Quantity::Count(count) => count.to_string(),
    }
}

/// A decimal number with a comma between groups of three digits.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (units, decimals) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut text = sign.to_owned();
    for (nth, digit) in units.chars().enumerate() {
        if nth > 0 && (units.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + decimals
}

/// Cells in columns.
struct Grid {
    titles: Vec<String>,
    /// Columns that are aligned right.
    figures: &'static [usize],
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn new(titles: &[&str], figures: &'static [usize]) -> Grid {
        Grid { titles: titles.iter().map(|title| (*title).to_owned()).collect(), figures, rows: Vec::new() }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| one_line(&cell).into_owned()).into());
    }
}

/// Lines of text.
struct Page<'p> {
    width: usize,
    palette: &'p Palette,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A text behind a label, broken at blanks.
    fn wrapped(&mut self, label: &str, text: &str) {
        self.wrapped_in(label, text, str::to_owned);
    }

    /// A text behind a label, broken at blanks, words in colours.
    fn wrapped_in(&mut self, label: &str, text: &str, colored: impl Fn(&str) -> String) {
        let text = one_line(text);
        let indent = " ".repeat(label.chars().count());
        let (mut line, mut is_empty) = (label.to_owned(), true);
        // Without the sequences of colours.
        let mut shown = label.chars().count();
        for word in text.split(' ') {
            let characters = word.chars().count();
            if !is_empty && shown + 1 + characters > self.width {
                self.line(&line);
                (line, is_empty, shown) = (indent.clone(), true, label.chars().count());
            }
            if !is_empty {
                line.push(' ');
                shown += 1;
            }
            line.push_str(&colored(word));
            shown += characters;
            is_empty = false;
        }
        self.line(&line);
    }

    /// A section: nothing if it has no rows. The first column is cut where the lines do not fit.
    fn grid(&mut self, title: &str, grid: &Grid) {
        if grid.rows.is_empty() {
            return;
        }
        self.line("");
        if !title.is_empty() {
            self.line(title);
        }
        let of_column = |nth: usize| grid.rows.iter().map(move |row| row[nth].as_str());
        let columns: Vec<usize> =
            (0..grid.titles.len()).filter(|nth| of_column(*nth).any(|cell| !cell.is_empty())).collect();
        let mut widths: Vec<usize> = columns
            .iter()
            .map(|nth| {
                of_column(*nth).chain([grid.titles[*nth].as_str()]).map(|cell| cell.chars().count()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let is_figure = |nth: &usize| grid.figures.contains(nth);
        let mut total = INDENT + widths.iter().sum::<usize>() + GAP * (widths.len().saturating_sub(1));
        // Figures are never cut; of texts, the widest gives way.
        while total > self.width {
            let widest =
                (0..widths.len()).filter(|at| !is_figure(&columns[*at])).max_by_key(|at| widths[*at]);
            let Some(at) = widest.filter(|at| widths[*at] > 12) else { break };
            widths[at] -= 1;
            total -= 1;
        }
        for (row_nth, row) in std::iter::once(&grid.titles).chain(&grid.rows).enumerate() {
            let mut line = " ".repeat(INDENT);
            for (at, nth) in columns.iter().enumerate() {
                let cell = cut_to_width(&row[*nth], widths[at]);
                let blanks = " ".repeat(widths[at].saturating_sub(cell.chars().count()));
                if at > 0 {
                    line.push_str(&" ".repeat(GAP));
                }
                let cell = match row_nth {
                    0 => cell.into_owned(),
                    _ => self.palette.cell(&grid.titles[*nth], &cell),
                };
                match is_figure(nth) {
                    true => line.extend([blanks, cell]),
                    false => line.extend([cell, blanks]),
                }
            }
            self.line(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_before_the_point_only() {
        for (number, expected) in [
            ("0", "0"),
            ("-12.345", "-12.345"),
            ("1234567.891234", "1,234,567.891234"),
            ("-1000", "-1,000"),
            ("999", "999"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn texts_give_way_to_the_width_and_figures_do_not() {
        let mut page = Page { width: 60, palette: &Palette::default(), text: String::new() };
        let mut grid = Grid::new(&["file", "USD"], &[1]);
        grid.row(["a".repeat(100), "1,234,567.89".to_owned()]);
        page.grid("by source", &grid);
        assert!(page.text.lines().all(|line| line.chars().count() <= 60), "{}", page.text);
        assert!(page.text.contains("1,234,567.89"));
        page.wrapped("label  ", &"word ".repeat(30));
        assert!(page.text.lines().all(|line| line.chars().count() <= 60));
    }
}
