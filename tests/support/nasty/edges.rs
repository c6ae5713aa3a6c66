//! Partners that stand exactly at, just under and just over each threshold, in every market. Their amounts come in several rows,
//! so that only an exact sum hits the mark.

use std::path::Path;

use chrono::{Days, Months};

use super::World;
use super::dice::Dice;
use super::sheet::Sheet;

/// 10⁻²⁴, and what is missing to one unit.
const LEAST: &str = "0.000000000000000000000001";
const NEARLY_ONE: &str = "0.999999999999999999999999";

struct Edge {
    id: &'static str,
    market: &'static str,
    rolls_up_to: &'static str,
    amounts: &'static [&'static str],
    people: usize,
}

const fn edge(
    id: &'static str,
    market: &'static str,
    amounts: &'static [&'static str],
    people: usize,
) -> Edge {
    Edge { id, market, rolls_up_to: "", amounts, people }
}

const EDGES: [Edge; 22] = [
    edge("8800001", "developed", &["14999", "1"], 1),
    edge("8800002", "developed", &["14999", NEARLY_ONE], 1),
    edge("8800003", "developed", &["15000", LEAST], 1),
    edge("8800004", "developing", &["1e4"], 1),
    edge("8800005", "developing", &["9999", NEARLY_ONE], 1),
    edge("8800006", "developing", &["1E+4", LEAST], 0),
    edge("8800007", "developed", &["99999", "0.5", ".5"], 2),
    edge("8800008", "developed", &["99999", NEARLY_ONE], 2),
    edge("8800009", "developing", &["100000", LEAST], 1),
    edge("8800010", "", &["15000"], 1),
    edge("8800011", "", &["14999", NEARLY_ONE], 1),
    edge("8800012", "", &["10000"], 1),
    edge("8800013", "", &["9999", NEARLY_ONE], 1),
    edge("8800014", "", &["12000"], 0),
    edge("8800015", "", &["100000.00"], 2),
    edge("8800016", "developed", &["-0.001"], 0),
    edge("8800017", "developed", &["5", "-5"], 3),
    edge("8800018", "developed", &["15000.004", "-0.004"], 0),
    edge("8800019", "developed", &["14999.999", "-1e-24"], 2),
    edge("8800020", "developed", &["60000"], 1),
    Edge { id: "8800021", market: "developing", rolls_up_to: "8800020", amounts: &["4e4"], people: 1 },
    edge("8800022", "developed", &["1e-25", "4e-25", "5e-25"], 0),
];

pub(crate) fn write(folder: &Path, world: &World, dice: &mut Dice) {
    let mut partners = Sheet::new("partner_id,name,country,market,rolls_up_to,tenant_id", dice);
    let mut people =
        Sheet::new("partner_id,individual_id,email,kind,credential,completed_on,expires_on", dice);
    let mut consumption = Sheet::new(OWN, dice);
    for edge in &EDGES {
        partners.line(
            &[
                ("partner_id", edge.id.to_owned()),
                ("name", format!("Edge {}", edge.id)),
                ("market", edge.market.to_owned()),
                ("rolls_up_to", edge.rolls_up_to.to_owned()),
            ],
            dice,
        );
        for n in 0..edge.people {
            people.line(
                &[
                    ("partner_id", edge.id.to_owned()),
                    ("individual_id", format!("{}{n}", edge.id)),
                    ("credential", dice.pick(&["70-532", "70-533"]).to_owned()),
                    ("completed_on", "2016-01-31".to_owned()),
                ],
                dice,
            );
        }
        for amount in edge.amounts {
            // Well inside every window that ends with, or a month before, `as_of`.
            let day = world.as_of - Months::new(2 + u32::try_from(dice.below(8)).expect("small"));
            consumption.line(
                &[
                    ("date", (day - Days::new(dice.below(20) as u64)).to_string()),
                    ("partner_id", edge.id.to_owned()),
                    ("association", dice.pick(&["dpor", "tpor", "csp-tier-1", "csp-tier-2"]).to_owned()),
                    ("subscription_id", format!("edge-{}", dice.below(9))),
                    ("amount", (*amount).to_owned()),
                    ("currency", "USD".to_owned()),
                ],
                dice,
            );
        }
    }
    partners.save(folder, "edge-partners.csv", dice);
    people.save(folder, "edge-credentials.csv", dice);
    consumption.save(folder, "edge-consumption.csv", dice);
}

const OWN: &str = "date,partner_id,association,subscription_id,customer_id,amount,currency";
