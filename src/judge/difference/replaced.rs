//! Exports that others replaced: the associations of the new ones with the amounts of the old ones. Comes in: the lines of both in one
//! subscription, month and currency. Goes out: the lines in between (SPEC 3.9).

use std::collections::{BTreeMap, BTreeSet};

use super::cell::ClassLines;
use super::step_line::StepLine;
use crate::base::amount::Amount;
use crate::base::association::AssociationSet;

/// A partner with its associations.
type PartnerAssociations = (u32, AssociationSet);

impl ClassLines {
    /// The lines with the new associations and the old amounts. Where only one of the runs has lines, the consumption is new or gone, whatever
    /// the associations.
    pub(super) fn with_old_amounts(&self) -> Vec<StepLine> {
        match self.told {
            (false, _) => return Vec::new(),
            (true, false) => return self.old.clone(),
            (true, true) => {}
        }
        let heads: BTreeSet<u32> = self.old.iter().chain(&self.new).map(|line| line.head).collect();
        let whole = self.whole();
        let mut lines = Vec::new();
        for head in heads {
            let of_head = |lines: &[StepLine]| -> Vec<StepLine> {
                lines.iter().filter(|line| line.head == head && line.is_chosen).copied().collect()
            };
            let (old, new) = (of_head(&self.old), of_head(&self.new));
            match (old.is_empty(), new.as_slice()) {
                // Another partner has the consumption now, or none.
                (_, []) => {}
                (true, [line]) if whole.is_some() => {
                    let (amount, usd) = whole.expect("the guard of this arm");
                    lines.push(StepLine { amount, usd, ..*line });
                }
                (true, new) => lines.extend_from_slice(new),
                (false, new) => lines.extend(of_one_head(&old, new)),
            }
        }
        lines
    }

    /// The consumption of the old run, if each partner that has it has all of it, before and after. `None` if the rows are shared out.
    fn whole(&self) -> Option<(Amount, Option<Amount>)> {
        let of_heads = |lines: &[StepLine]| {
            let mut sums: BTreeMap<u32, (Amount, Option<Amount>)> = BTreeMap::new();
            for line in lines.iter().filter(|line| line.is_chosen) {
                let sum = sums.entry(line.head).or_insert((Amount::ZERO, Some(Amount::ZERO)));
                let usd = sum.1.zip(line.usd).map(|(sum, usd)| sum.plus(usd));
                *sum = (sum.0.plus(line.amount), usd);
            }
            sums.into_values().collect::<Vec<_>>()
        };
        let mut old = of_heads(&self.old);
        old.extend(sum_of_no_partner(&self.of_no_partner.0));
        let new = of_heads(&self.new).into_iter().map(|(amount, _)| amount);
        let (amount, usd) = *old.first()?;
        let mut new: Vec<Amount> = new.collect();
        new.extend(self.of_no_partner.1.iter().copied().reduce(Amount::plus));
        let is_alike =
            old.iter().all(|other| other.0 == amount) && new.windows(2).all(|two| two[0] == two[1]);
        is_alike.then_some((amount, usd))
    }
}

fn sum_of_no_partner(amounts: &[(Amount, Option<Amount>)]) -> Option<(Amount, Option<Amount>)> {
    amounts.iter().copied().reduce(|a, b| (a.0.plus(b.0), a.1.zip(b.1).map(|(a, b)| a.plus(b))))
}

/// The lines of a head that has lines in both runs: the associations of both keep their old amount; where one took the place of another, the
/// new one has it.
fn of_one_head(old: &[StepLine], new: &[StepLine]) -> Vec<StepLine> {
    let pairs = |lines: &[StepLine]| -> BTreeSet<PartnerAssociations> {
        lines.iter().map(|line| (line.partner, line.associations)).collect()
    };
    let (of_old, of_new) = (pairs(old), pairs(new));
    let went: Vec<PartnerAssociations> = of_old.difference(&of_new).copied().collect();
    let came: Vec<PartnerAssociations> = of_new.difference(&of_old).copied().collect();
    let pair = |line: &StepLine| (line.partner, line.associations);
    let mut lines: Vec<StepLine> = old.iter().filter(|line| of_new.contains(&pair(line))).copied().collect();
    match (went.as_slice(), came.as_slice()) {
        ([went], [(partner, associations)]) => {
            let renamed = old.iter().filter(|line| pair(line) == *went);
            lines.extend(renamed.map(|line| StepLine {
                partner: *partner,
                associations: *associations,
                ..*line
            }));
        }
        (_, came) => lines.extend(new.iter().filter(|line| came.contains(&pair(line)))),
    }
    lines
}
