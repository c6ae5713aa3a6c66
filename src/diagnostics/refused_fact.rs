//! Refused facts: what a refused row of a small role would have stated, as far as its cells can be read. Comes in: parts of a row. Goes
//! out: a value, from which confidence derives what the fact could change. It judges nothing.

use std::io::{self, BufRead};

use super::encoding::{changed, get, get_optional_text, get_text, put_option, put_text};
use crate::base::association::Association;
use crate::base::calendar::{Day, Month};

/// The fact that a refused row of a small role would have stated. A part is **absent** if its cell is blank or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusedFact {
    /// A subscription is associated with a partner.
    Association {
        /// The subscription, in the form in which subscriptions are compared.
        subscription: Option<String>,
        /// The type of association.
        association: Option<Association>,
    },
    /// A currency has a rate in a month.
    Rate {
        /// Upper case.
        currency: Option<String>,
        /// The month.
        month: Option<Month>,
    },
    /// A country has a market.
    Market {
        /// Lower case.
        country: Option<String>,
    },
    /// A line of the roster.
    RosterLine {
        /// The partner.
        partner: Option<String>,
        /// The partner to which it rolls up.
        parent: RefusedParent,
        /// Whether the line may name a tenant.
        may_have_tenant: bool,
    },
    /// A person passed a credential for a partner.
    Pass {
        /// The partner.
        partner: Option<String>,
        /// Cells of code columns and of title columns.
        credential: Option<(Vec<String>, Vec<String>)>,
        /// The day of completion.
        completed_on: Option<Day>,
    },
}

/// The roll-up in a refused line of the roster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusedParent {
    /// The cell cannot be read: the partner may roll up to any other.
    Unread,
    /// The partner rolls up to none.
    None,
    /// The partner rolls up to this one.
    Partner(String),
}

fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    out.extend(u32::try_from(texts.len()).expect("a row has fewer than 2^32 cells").to_le_bytes());
    texts.iter().for_each(|text| put_text(out, text));
}

fn get_texts(from: &mut dyn BufRead) -> io::Result<Vec<String>> {
    let count = u32::from_le_bytes(get(from)?);
    (0..count).map(|_| get_text(from)).collect()
}

/// Appends a fact in the form of the spill.
pub(super) fn encode(fact: &RefusedFact, out: &mut Vec<u8>) {
    let text = |out: &mut Vec<u8>, text: &Option<String>| {
        put_option(out, text.as_ref(), |out, text| put_text(out, text));
    };
    match fact {
        RefusedFact::Association { subscription, association } => {
            out.push(0);
            text(out, subscription);
            text(out, &association.map(|association| association.as_str().to_owned()));
        }
        RefusedFact::Rate { currency, month } => {
            out.push(1);
            text(out, currency);
            text(out, &month.map(|month| month.first_day().to_string()));
        }
        RefusedFact::Market { country } => {
            out.push(2);
            text(out, country);
        }
        RefusedFact::RosterLine { partner, parent, may_have_tenant } => {
            out.push(3);
            out.push(u8::from(*may_have_tenant));
            text(out, partner);
            match parent {
                RefusedParent::Unread => out.push(0),
                RefusedParent::None => out.push(1),
                RefusedParent::Partner(parent) => {
                    out.push(2);
                    put_text(out, parent);
                }
            }
        }
        RefusedFact::Pass { partner, credential, completed_on } => {
            out.push(4);
            text(out, partner);
            put_option(out, credential.as_ref(), |out, (codes, titles)| {
                put_texts(out, codes);
                put_texts(out, titles);
            });
            text(out, &completed_on.map(|day| day.to_string()));
        }
    }
}

/// The next fact of a segment. Errors: the file was cut or changed by another program.
pub(super) fn decode(from: &mut dyn BufRead) -> io::Result<RefusedFact> {
    let day = |text: Option<String>| -> io::Result<Option<Day>> {
        text.map(|text| text.parse().map_err(|_| changed())).transpose()
    };
    Ok(match get::<1>(from)? {
        [0] => {
            let (subscription, word) = (get_optional_text(from)?, get_optional_text(from)?);
            let of_word = |word: String| Association::ALL.into_iter().find(|a| a.as_str() == word);
            RefusedFact::Association { subscription, association: word.and_then(of_word) }
        }
        [1] => {
            let (currency, first) = (get_optional_text(from)?, day(get_optional_text(from)?)?);
            RefusedFact::Rate { currency, month: first.map(Month::of) }
        }
        [2] => RefusedFact::Market { country: get_optional_text(from)? },
        [3] => {
            let may_have_tenant = get::<1>(from)? == [1];
            let partner = get_optional_text(from)?;
            let parent = match get::<1>(from)? {
                [0] => RefusedParent::Unread,
                [1] => RefusedParent::None,
                [2] => RefusedParent::Partner(get_text(from)?),
                _ => return Err(changed()),
            };
            RefusedFact::RosterLine { partner, parent, may_have_tenant }
        }
        [4] => {
            let partner = get_optional_text(from)?;
            let credential = match get::<1>(from)? {
                [0] => None,
                _ => Some((get_texts(from)?, get_texts(from)?)),
            };
            RefusedFact::Pass { partner, credential, completed_on: day(get_optional_text(from)?)? }
        }
        _ => return Err(changed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_fact_is_read_back() {
        let text = |text: &str| Some(text.to_owned());
        let facts = [
            RefusedFact::Association { subscription: text("s"), association: Some(Association::Tpor) },
            RefusedFact::Association { subscription: None, association: None },
            RefusedFact::Rate { currency: text("EUR"), month: Some(Month::from_number(24_204)) },
            RefusedFact::Rate { currency: None, month: None },
            RefusedFact::Market { country: text("france") },
            RefusedFact::RosterLine {
                partner: text("7"),
                parent: RefusedParent::Unread,
                may_have_tenant: true,
            },
            RefusedFact::RosterLine { partner: None, parent: RefusedParent::None, may_have_tenant: false },
            RefusedFact::RosterLine {
                partner: None,
                parent: RefusedParent::Partner("8".to_owned()),
                may_have_tenant: false,
            },
            RefusedFact::Pass {
                partner: text("7"),
                credential: Some((vec!["70-533".to_owned()], vec![String::new(), "x".to_owned()])),
                completed_on: Day::from_ymd_opt(2017, 6, 30),
            },
            RefusedFact::Pass { partner: None, credential: None, completed_on: None },
        ];
        for fact in facts {
            let mut bytes = Vec::new();
            encode(&fact, &mut bytes);
            assert_eq!(decode(&mut bytes.as_slice()).unwrap(), fact);
            assert!(decode(&mut &bytes[..bytes.len() - 1]).is_err(), "{fact:?}");
        }
        assert!(decode(&mut [9].as_slice()).is_err());
    }
}
