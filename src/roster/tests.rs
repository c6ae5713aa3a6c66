//! Heads, tenants and markets of rosters, small ones and random forests.

use proptest::prelude::*;

use super::*;

fn id(text: &str) -> PartnerId {
    PartnerId::parse(text).unwrap()
}

fn line(partner: &str, up: Option<&str>, market: Option<Market>, rank: u16) -> PartnerRecord {
    PartnerRecord {
        partner: id(partner),
        name: Some(format!("Name of {partner} at rank {rank}")),
        country: Some("France".to_owned()),
        market,
        rolls_up_to: up.map(id),
        tenant: None,
        rank,
    }
}

fn build(lines: Vec<PartnerRecord>) -> (Roster, Vec<InputError>, Warnings) {
    let mut warnings = Warnings::default();
    let markets =
        [MarketRecord { country: "FRANCE".to_owned(), market: Market::Developed, is_assumed: false }];
    let (roster, input_errors) = Roster::build(lines, &markets, &mut warnings);
    (roster, input_errors, warnings)
}

#[test]
fn chains_are_followed_to_the_end_and_itself_is_no_roll_up() {
    let lines =
        vec![line("3", Some("2"), None, 0), line("2", Some("1"), None, 0), line("1", Some("1"), None, 0)];
    let (roster, input_errors, _) = build(lines);
    assert_eq!(input_errors, []);
    assert_eq!(
        (roster.head(&id("3")), roster.head(&id("2")), roster.head(&id("1"))),
        (&id("1"), &id("1"), &id("1"))
    );
}

#[test]
fn a_cycle_is_told_once_and_lines_that_disagree_on_a_roll_up_are_a_fault() {
    let lines =
        vec![line("4", Some("2"), None, 0), line("2", Some("3"), None, 0), line("3", Some("2"), None, 0)];
    let (_, input_errors, _) = build(lines);
    assert_eq!(input_errors.len(), 1);
    assert_eq!(input_errors[0].message, "partners roll up to each other: 2 to 3 to 2; correct the roster");
    let (_, input_errors, _) = build(vec![line("4", Some("2"), None, 0), line("4", Some("3"), None, 0)]);
    assert_eq!(input_errors[0].code, InputErrorCode::RollUpDisagrees);
}

#[test]
fn the_partners_format_beats_the_profile_and_lines_of_one_rank_that_disagree_make_a_field_unknown() {
    let (roster, _, warnings) =
        build(vec![line("1", None, None, 1), line("1", None, Some(Market::Developing), 0)]);
    assert_eq!(roster.entries[0].1.name.as_deref(), Some("Name of 1 at rank 0"));
    assert_eq!(roster.market(&roster.entries[0].1), Some(Market::Developing));
    assert_eq!(warnings.iter().count(), 0);
    let mut other = line("1", None, None, 0);
    other.name = Some("Another".to_owned());
    let (roster, _, warnings) = build(vec![line("1", None, None, 0), other]);
    assert_eq!(roster.entries[0].1.name.as_deref(), None);
    assert_eq!(roster.market(&roster.entries[0].1), Some(Market::Developed));
    assert_eq!(warnings.iter().next().unwrap().0, WarningCode::RosterDisagrees);
}

#[test]
fn assumed_lines_replace_what_they_state_and_nothing_else() {
    let assumed = PartnerRecord {
        name: None,
        country: None,
        market: Some(Market::Developing),
        ..line("1", None, None, 0)
    };
    let (mut roster, _, _) = build(vec![line("1", None, Some(Market::Developed), 1), assumed]);
    let entry = &roster.entries[0].1;
    assert_eq!(entry.name.as_deref(), Some("Name of 1 at rank 1"));
    assert_eq!(roster.market(entry), Some(Market::Developing));
    roster.note_assumed_market("france");
    assert!(!roster.is_assumed(&id("1")), "its market is its own");
    let record =
        |country: &str, market, is_assumed| MarketRecord { country: country.to_owned(), market, is_assumed };
    let markets = [
        record("France", Market::Developing, true),
        record("FRANCE", Market::Developed, false),
        record("Chad", Market::Developed, true),
        record("chad", Market::Developing, true),
        record("Chad", Market::Developing, false),
    ];
    let (mut roster, _) =
        Roster::build(vec![line("1", Some("2"), None, 1)], &markets, &mut Warnings::default());
    assert_eq!(roster.market(&roster.entries[0].1), Some(Market::Developing));
    assert_eq!(roster.markets.get("chad"), None, "assumptions that disagree");
    roster.note_assumed(&id("1"));
    assert!(roster.is_assumed(&id("2")) && !roster.is_assumed(&id("1")));
}

#[test]
fn a_market_that_lines_contradict_is_unknown_whatever_its_country_says() {
    let (roster, _, _) = build(vec![
        line("1", None, Some(Market::Developed), 0),
        line("1", None, Some(Market::Developing), 0),
    ]);
    assert_eq!(roster.market(&roster.entries[0].1), None);
}

#[test]
fn a_tenant_of_two_partners_maps_to_their_common_head_or_to_none() {
    let tenant = |mut record: PartnerRecord| {
        record.tenant = Some("t".to_owned());
        record
    };
    let (roster, _, _) =
        build(vec![tenant(line("2", Some("1"), None, 0)), tenant(line("3", Some("1"), None, 0))]);
    assert_eq!(roster.partner_of_tenant("t"), Some("1"));
    let (roster, _, warnings) =
        build(vec![tenant(line("2", None, None, 0)), tenant(line("3", None, None, 0))]);
    assert_eq!(roster.partner_of_tenant("t"), None);
    assert_eq!(warnings.iter().next().unwrap().0, WarningCode::TenantShared);
}

proptest! {
    #[test]
    fn every_partner_of_any_forest_has_the_root_that_following_it_step_by_step_finds(
        parents in proptest::collection::vec(any::<proptest::sample::Index>(), 1..30),
        order in Just((0..30_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // Partner n rolls up to one of those before it, or to itself.
        let parent: Vec<usize> = parents.iter().enumerate().map(|(n, i)| i.index(n + 1)).collect();
        let name = |n: usize| (order[n] + 1).to_string();
        let mut lines: Vec<PartnerRecord> =
            (0..parent.len()).map(|n| line(&name(n), Some(&name(parent[n])), None, 0)).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.partner.to_string()));
        let (roster, input_errors, _) = build(lines);
        prop_assert_eq!(input_errors, []);
        for n in 0..parent.len() {
            let mut root = n;
            while parent[root] != root {
                root = parent[root];
            }
            let (partner, head) = (id(&name(n)), id(&name(root)));
            prop_assert_eq!(roster.head(&partner), &head);
        }
    }

    #[test]
    fn every_cycle_is_told_once_whatever_leads_into_it(
        parents in proptest::collection::vec(any::<proptest::sample::Index>(), 1..20),
    ) {
        let parent: Vec<usize> = parents.iter().map(|i| i.index(parents.len())).collect();
        let name = |n: usize| (n + 1).to_string();
        let (_, input_errors, _) =
            build((0..parent.len()).map(|n| line(&name(n), Some(&name(parent[n])), None, 0)).collect());
        // After as many steps as there are partners, one is in a cycle; its least partner names it.
        let mut cycles = BTreeSet::new();
        for n in 0..parent.len() {
            let inside = (0..parent.len()).fold(n, |at, _| parent[at]);
            let mut cycle = vec![inside];
            while parent[cycle[cycle.len() - 1]] != inside {
                cycle.push(parent[cycle[cycle.len() - 1]]);
            }
            if cycle.len() > 1 {
                cycles.insert(cycle.iter().min().copied());
            }
        }
        prop_assert_eq!(input_errors.len(), cycles.len());
        prop_assert!(input_errors.iter().all(|fault| fault.code == InputErrorCode::RollUpCycle));
    }
}
