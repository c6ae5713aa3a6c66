//! Tests of drafts of dialects. Comes in: tables. Goes out: nothing.

use super::*;
use crate::config::dialect::check;

fn draft(text: &str) -> DialectDraft {
    let mut rows = text.lines().map(|line| line.split(';').collect::<Vec<_>>());
    let mut columns: Vec<ColumnEvidence> =
        rows.next().unwrap().iter().map(|name| ColumnEvidence::new(name)).collect();
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.note(cell));
    }
    draft_dialect("in/June usage.csv", None, None, &columns)
}

#[test]
fn a_file_whose_columns_tell_their_meaning_has_a_sound_draft() {
    let draft = draft(
        "Usage Day;Azure Sub GUID;MPN;Attribution;Azure Cost EUR;Meter\n\
         31/05/2017;00000000-0000-4000-8000-000000000001;4000101;DPOR;1,5;x\n\
         01/06/2017;00000000-0000-4000-8000-000000000002;4000102;Partner Admin Link;2,5;y\n",
    );
    assert_eq!((draft.name.as_str(), draft.marks), ("june-usage", 0), "{}", draft.text);
    assert_eq!(check(&draft.text), Vec::<String>::new(), "{}", draft.text);
    for line in [
        "order = \"day-first\"",
        "currency = \"EUR\"  # by the name",
        "pal = [\"pal\", \"Partner Admin Link\"]",
        "# Not used: [\"Meter\"]",
    ] {
        assert!(draft.text.contains(line), "{line}\n{}", draft.text);
    }
}

#[test]
fn what_nothing_tells_is_marked_and_makes_the_draft_unsound() {
    let draft = draft(
        "When;Sub GUID;Reseller MPN;Kosten\n2017-05-31;00000000-0000-4000-8000-000000000001;4000101;1.5\n",
    );
    // Neither the currency nor why the partner gets credit can be told.
    assert_eq!(draft.marks, 3, "{}", draft.text);
    assert!(draft.text.contains("date = []  # FILL IN: the name of the column with the day or month of the consumption; perhaps [\"When\"]"), "{}", draft.text);
    assert!(!check(&draft.text).is_empty());
    let filled = draft
        .text
        .replace("date = []", "date = [\"When\"]")
        .replace("currency = \"\"", "currency = \"USD\"")
        .replace("association = \"\"", "association = \"dpor\"");
    assert_eq!(check(&filled), Vec::<String>::new(), "{filled}");
}

#[test]
fn each_role_is_told_by_its_columns() {
    for (text, role) in [
        (
            "Partner No;Learner mail;Exam code;Passed on\n4000101;a@b.example;70-533;2017-05-31\n",
            "credentials",
        ),
        ("MPN;Company;Land\n4000101;Contoso;France\n", "partners"),
        (
            "Sub GUID;MPN;Attribution kind\n00000000-0000-4000-8000-000000000001;4000101;DPOR\n",
            "associations",
        ),
        ("Ccy;Mois;Rate USD\nEUR;2017-05;1.1\n", "rates"),
        ("Pays;Market class\nFrance;developed\n", "markets"),
    ] {
        let draft = draft(text);
        assert!(draft.text.contains(&format!("role = \"{role}\"")), "{role}\n{}", draft.text);
    }
}
