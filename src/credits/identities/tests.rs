//! Identities are found again, and never confused.

use super::*;

fn push<'c>(sought: &mut Sought, cells: impl Iterator<Item = &'c [u8]>) -> Option<usize> {
    sought.begin();
    cells.for_each(|cell| sought.cell(cell));
    sought.end()
}

fn seek(identities: &Identities, rows: &[&[&str]]) -> Sought {
    let mut sought = Sought::default();
    for row in rows {
        push(&mut sought, row.iter().map(|cell| cell.as_bytes())).unwrap();
    }
    identities.find_all(&mut sought);
    sought
}

#[test]
fn past_the_limit_all_is_forgotten_and_what_is_remembered_stays_right() {
    let mut identities = Identities::default();
    for n in 0..3000_u32 {
        let spelling = format!("spelling {n}");
        let sought = seek(&identities, &[&[&spelling]]);
        assert_eq!(sought.found(0), None);
        identities.learn(&sought, 0, Decided::InRow, Some(((0, 0, 0), n)), 2000);
        assert!(identities.count <= 2000);
        let sought = seek(&identities, &[&["other"], &[&spelling]]);
        assert_eq!(sought.found(0), None);
        let known = sought.found(1).unwrap();
        assert_eq!(identities.account(known, (0, 0, 0)), Some(n));
        assert_eq!(identities.account(known, (1, 0, 0)), None);
    }
    let early = seek(&identities, &[&["spelling 2000"], &["spelling 1"]]);
    assert!(early.found(0).is_some() && early.found(1).is_none());
}

#[test]
fn cells_that_touch_are_not_confused() {
    let mut identities = Identities::default();
    let long = "a".repeat(16);
    let rows: [&[&str]; 6] =
        [&["ab", "c"], &["a", "bc"], &[&long, "bc"], &[&format!("{long}b"), "c"], &["", "x"], &["x", ""]];
    for (nth, row) in rows.iter().enumerate() {
        let sought = seek(&identities, &[row]);
        assert_eq!(sought.found(0), None, "{row:?}");
        let number = u32::try_from(nth).unwrap();
        identities.learn(&sought, 0, Decided::InRow, Some(((0, 0, 0), number)), 100);
    }
    let sought = seek(&identities, &rows);
    for nth in 0..rows.len() {
        let account = identities.account(sought.found(nth).unwrap(), (0, 0, 0));
        assert_eq!(account, Some(u32::try_from(nth).unwrap()));
    }
}

#[test]
fn an_identity_has_an_account_for_each_share() {
    let mut identities = Identities::default();
    let sought = seek(&identities, &[&["s"]]);
    let shares = [(0, 0, 7), (1, 0, 7), (0, -1, 7), (0, 0, 8)];
    identities.learn(&sought, 0, Decided::Never, None, 100);
    for (number, share) in (10..).zip(shares) {
        identities.learn(&sought, 0, Decided::Never, Some((share, number)), 100);
    }
    let known = seek(&identities, &[&["s"]]).found(0).unwrap();
    assert_eq!(identities.decided(known), Decided::Never);
    let found = shares.map(|share| identities.account(known, share));
    assert_eq!(found, [Some(10), Some(11), Some(12), Some(13)]);
    assert_eq!(identities.account(known, (0, 0, 9)), None);
}

#[test]
fn cells_that_are_too_long_are_not_remembered() {
    let mut sought = Sought::default();
    let long = vec![b'x'; 16 * WORDS];
    assert_eq!(push(&mut sought, [long.as_slice(), b"y"].into_iter()), None);
    assert_eq!(push(&mut sought, [vec![b'x'; 1 << 16].as_slice()].into_iter()), None);
    assert_eq!(push(&mut sought, [b"x".as_slice()].into_iter()), Some(0));
}
