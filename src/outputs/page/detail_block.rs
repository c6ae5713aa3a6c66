//! The details of some partners, which a browser unpacks when one of them is opened. Comes in: explanations and ways. Goes out: columns of tokens, which
//! are read in the order in which they were written. What the report's own columns say is not repeated.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::tokens::{TextTable, TokenColumn, ceil_cents, floor_cents};
use super::ways::NextTierWays;
use crate::base::amount::Amount;
use crate::config::rules::Quantity;
use crate::outputs::explanation::{
    Explanation, MonthExplained, NotCounted, PartExplained, PersonExplained, SubscriptionExplained,
};

/// Where the dashes of a GUID stand, and how long it is.
const GUID_DASHES: [usize; 4] = [8, 13, 18, 23];
const GUID_CHARACTERS: usize = 36;

/// The details of some partners. Each column is read from its beginning, partner by partner; a column that ends in `_count` says how many entries of
/// a list follow. Amounts are whole cents, rounded down.
#[derive(Debug, Default, Serialize)]
pub(super) struct DetailBlock {
    texts: TextTable,
    guids: GuidBytes,
    sentence: TokenColumn,
    market_reason: TokenColumn,
    refused_rows: TokenColumn,
    dependence_count: TokenColumn,
    dependence_code: TokenColumn,
    dependence_meaning: TokenColumn,
    include_count: TokenColumn,
    include: TokenColumn,
    requirement_count: TokenColumn,
    requirement_text: TokenColumn,
    requirement_actual: TokenColumn,
    requirement_status: TokenColumn,
    way_usd: TokenColumn,
    way_count: TokenColumn,
    way_groups: TokenColumn,
    way_counted: TokenColumn,
    way_required: TokenColumn,
    month_count: TokenColumn,
    month_and_leaving: TokenColumn,
    month_cents: TokenColumn,
    month_remainder: TokenColumn,
    part_count: TokenColumn,
    part_name: TokenColumn,
    part_detail: TokenColumn,
    part_cents: TokenColumn,
    subscription_count: TokenColumn,
    subscription_months: TokenColumn,
    subscription_first: TokenColumn,
    subscription_last: TokenColumn,
    subscription_association: TokenColumn,
    subscription_partner: TokenColumn,
    subscription_cents: TokenColumn,
    /// Subscriptions of both lists; an empty token is the next of `guids`.
    subscription: TokenColumn,
    uncounted_count: TokenColumn,
    uncounted_reason: TokenColumn,
    uncounted_why: TokenColumn,
    uncounted_partner: TokenColumn,
    uncounted_association: TokenColumn,
    uncounted_first: TokenColumn,
    uncounted_last: TokenColumn,
    uncounted_source: TokenColumn,
    uncounted_currency: TokenColumn,
    uncounted_cents: TokenColumn,
    uncounted_usd_cents: TokenColumn,
    person_count: TokenColumn,
    person: TokenColumn,
    person_joined_by: TokenColumn,
    person_counts_in: TokenColumn,
    pass_count: TokenColumn,
    pass_partner: TokenColumn,
    pass_credential: TokenColumn,
    pass_groups: TokenColumn,
    pass_completed: TokenColumn,
    pass_expires: TokenColumn,
    pass_why: TokenColumn,
}

impl DetailBlock {
    /// Adds a partner.
    pub(super) fn push(&mut self, partner: &Explanation, ways: &NextTierWays) {
        self.sentence.push(self.texts.position(&partner.sentence));
        self.market_reason.push(self.texts.position(&partner.market_reason));
        self.refused_rows.push(partner.refused_rows);
        self.dependence_count.push(partner.depends_on.len());
        for dependence in &partner.depends_on {
            self.dependence_code.push(self.texts.position(&dependence.code));
            self.dependence_meaning.push(self.texts.position(&dependence.meaning));
        }
        self.include_count.push(partner.includes.len());
        for included in &partner.includes {
            self.include.push(self.texts.position(included));
        }
        self.push_requirements(partner);
        self.push_ways(partner, ways);
        self.push_months(&partner.months);
        for parts in [&partner.associations, &partner.locations, &partner.sources] {
            self.push_parts(parts, partner.consumption_usd);
        }
        let subscriptions = partner.subscriptions.as_deref().unwrap_or_default();
        self.subscription_count.push(subscriptions.len());
        subscriptions.iter().for_each(|line| self.push_subscription(line, &partner.partner_id));
        self.uncounted_count.push(partner.not_counted.len());
        partner.not_counted.iter().for_each(|line| self.push_uncounted(line, &partner.partner_id));
        self.person_count.push(partner.individuals.len());
        partner.individuals.iter().for_each(|person| self.push_person(person, &partner.partner_id));
    }

    fn push_requirements(&mut self, partner: &Explanation) {
        for tier in &partner.tiers {
            self.requirement_count.push(tier.requirements.len());
            for requirement in &tier.requirements {
                self.requirement_text.push(self.texts.position(&requirement.requirement));
                self.requirement_status.push(self.texts.position(requirement.status));
                match requirement.actual {
                    Quantity::Usd(usd) if usd == partner.consumption_usd => {
                        self.requirement_actual.push_same()
                    }
                    Quantity::Usd(usd) => self.requirement_actual.push(floor_cents(usd)),
                    Quantity::Count(count) => self.requirement_actual.push(count),
                }
            }
        }
    }

    fn push_ways(&mut self, partner: &Explanation, ways: &NextTierWays) {
        match ways.consumption_usd {
            // Where the market is known, this is the shortfall of the report.
            Some(_) if partner.market.is_some() => self.way_usd.push_same(),
            missing => self.way_usd.push_if_any(missing.map(ceil_cents)),
        }
        self.way_count.push(ways.people.len());
        for way in &ways.people {
            self.way_groups.push(self.texts.position(&way.groups));
            self.way_counted.push(way.counted);
            self.way_required.push(way.required);
        }
    }

    /// Months, each with what the later ones together are more, in cents, than their rounded amounts add up to: so that what remains when a month has
    /// left the window is the exact sum, rounded once.
    fn push_months(&mut self, months: &[MonthExplained]) {
        self.month_count.push(months.len());
        let mut later = (Amount::ZERO, 0);
        let mut remainders = Vec::with_capacity(months.len());
        for month in months.iter().rev() {
            remainders.push(floor_cents(later.0) - later.1);
            later = (later.0.plus(month.usd), later.1 + floor_cents(month.usd));
        }
        for (month, remainder) in months.iter().zip(remainders.into_iter().rev()) {
            let text = format!("{} {}", month.month, month.leaves_on);
            self.month_and_leaving.push(self.texts.position(&text));
            self.month_cents.push(floor_cents(month.usd));
            self.month_remainder.push(remainder);
        }
    }

    fn push_parts(&mut self, parts: &[PartExplained], all: Amount) {
        self.part_count.push(parts.len());
        for part in parts {
            self.part_name.push(self.texts.position(&part.name));
            self.part_detail.push_if_any(part.detail.as_ref().map(|detail| self.texts.position(detail)));
            match part.usd == all {
                true => self.part_cents.push_same(),
                false => self.part_cents.push(floor_cents(part.usd)),
            }
        }
    }

    fn push_subscription(&mut self, line: &SubscriptionExplained, partner: &str) {
        self.push_subscription_id(&line.subscription);
        self.subscription_association.push(self.texts.position(&line.association));
        let other = (line.partner_id != partner).then(|| self.texts.position(&line.partner_id));
        self.subscription_partner.push_if_any(other);
        self.subscription_months.push(line.months);
        self.subscription_first.push(self.texts.position(&line.first_month.to_string()));
        self.subscription_last.push(self.texts.position(&line.last_month.to_string()));
        self.subscription_cents.push(floor_cents(line.usd));
    }

    fn push_uncounted(&mut self, line: &NotCounted, partner: &str) {
        self.push_subscription_id(&line.subscription);
        self.uncounted_reason.push(self.texts.position(line.reason));
        self.uncounted_why.push(self.texts.position(&line.why));
        match &line.partner_id {
            Some(other) if other == partner => self.uncounted_partner.push_same(),
            other => {
                self.uncounted_partner.push_if_any(other.as_ref().map(|other| self.texts.position(other)))
            }
        }
        self.uncounted_association.push(self.texts.position(&line.association));
        self.uncounted_first.push(self.texts.position(&line.first_month.to_string()));
        self.uncounted_last.push(self.texts.position(&line.last_month.to_string()));
        self.uncounted_source.push(self.texts.position(&line.source));
        self.uncounted_currency.push(self.texts.position(&line.currency));
        self.uncounted_cents.push(floor_cents(line.amount));
        match line.usd {
            Some(usd) if usd == line.amount => self.uncounted_usd_cents.push_same(),
            usd => self.uncounted_usd_cents.push_if_any(usd.map(floor_cents)),
        }
    }

    fn push_subscription_id(&mut self, subscription: &str) {
        match guid_of(subscription) {
            Some(guid) => {
                self.guids.0.extend(guid.to_be_bytes());
                self.subscription.push_absent();
            }
            None => self.subscription.push(self.texts.position(subscription)),
        }
    }

    fn push_person(&mut self, person: &PersonExplained, partner: &str) {
        self.person.push(self.texts.position(&person.person));
        self.person_joined_by.push_if_any(person.joined_by.as_ref().map(|text| self.texts.position(text)));
        self.person_counts_in.push(self.texts.position(&person.counts_in.join(", ")));
        self.pass_count.push(person.passes.len());
        for pass in &person.passes {
            let other = (pass.partner_id != partner).then(|| self.texts.position(&pass.partner_id));
            self.pass_partner.push_if_any(other);
            self.pass_credential.push(self.texts.position(&pass.credential));
            self.pass_groups.push(self.texts.position(&pass.groups.join(", ")));
            self.pass_completed.push(self.texts.position(&pass.completed_on.to_string()));
            self.pass_expires.push_if_any(pass.expires_on.map(|day| self.texts.position(&day.to_string())));
            self.pass_why.push_if_any((!pass.counts).then(|| self.texts.position(&pass.why)));
        }
    }
}

/// GUIDs of 16 bytes, one behind the other; in JSON in base64. Half of a page are random GUIDs, which no compression makes smaller: as hexadecimal digits
/// they take a sixth more, since deflate takes chance repetitions for a pattern.
#[derive(Debug, Default)]
struct GuidBytes(Vec<u8>);

impl Serialize for GuidBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

/// The number of a GUID in lower case, with its dashes. `None` if the text is anything else.
fn guid_of(text: &str) -> Option<u128> {
    let is_right = |(at, byte): (usize, u8)| match GUID_DASHES.contains(&at) {
        true => byte == b'-',
        false => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    let is_guid = text.len() == GUID_CHARACTERS && text.bytes().enumerate().all(is_right);
    is_guid.then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_a_number_and_any_other_text_is_itself() {
        let mut block = DetailBlock::default();
        let texts = [
            "00000103-abcd-4000-8000-00000000000f",
            "00000103-ABCD-4000-8000-00000000000f",
            "00000103-abcd-4000-8000-00000000000",
            "00000103xabcd-4000-8000-00000000000f",
            "",
        ];
        texts.iter().for_each(|text| block.push_subscription_id(text));
        let written = serde_json::to_value(&block).unwrap();
        assert_eq!(written["subscription"], ",0,1,2,3,");
        assert_eq!(written["guids"], "AAABA6vNQACAAAAAAAAADw==");
        assert_eq!(written["texts"].as_array().unwrap().len(), 4);
    }
}
