//! Tests of recognition, on every documented header.

use super::*;
use crate::config::dialect::{builtin, documented_headers};

#[test]
fn no_documented_header_is_misspelt_and_every_long_name_with_a_letter_less_is() {
    for header in documented_headers().iter().filter(|header| header.dialect.is_some()) {
        let names = header.names();
        let Recognition::Fits(layout) = recognise(&names, &[], builtin(), None) else {
            unreachable!("{} fits its dialect", header.name)
        };
        for (at, name) in names.iter().enumerate().filter(|(_, name)| name.chars().count() > 5) {
            let key = layout.columns.iter().position(|place| *place == Some(at));
            let is_optional =
                key.is_some_and(|key| !layout.dialect.required.iter().flatten().any(|r| r.0 == key));
            if !is_optional {
                continue;
            }
            let mut misspelt = names.clone();
            misspelt[at] = name.chars().take(3).chain(name.chars().skip(4)).collect();
            let recognition = recognise(&misspelt, &[], builtin(), None);
            let is_for_warnings = key.is_some_and(|key| layout.dialect.is_for_warnings(ColumnKey(key)));
            assert!(
                match recognition {
                    Recognition::Misspelt { .. } => !is_for_warnings,
                    Recognition::Fits(_) => is_for_warnings,
                    _ => false,
                },
                "{}: {}: {recognition:?}",
                header.name,
                misspelt[at]
            );
        }
    }
}

#[test]
fn a_column_that_only_warnings_need_may_stand_twice_and_is_not_read_then() {
    let of = |more: &[&str]| {
        let names = ["date", "SubscriptionId", "resellerMpnId", "partnerTenantId", "costInUsd"];
        let names: Vec<String> = names.iter().chain(more).map(|name| (*name).to_owned()).collect();
        recognise(&names, &[], builtin(), None)
    };
    let Recognition::Fits(layout) = of(&["quantity", "Quantity", "unitPrice"]) else { unreachable!() };
    let place = |key: &str| layout.columns[layout.dialect.columns.iter().position(|c| c.key == key).unwrap()];
    assert_eq!((place("quantity"), place("unit_price")), (None, Some(7)));
    assert!(matches!(of(&["chargeType", "ChargeType"]), Recognition::DuplicateColumn { .. }));
}

#[test]
fn a_name_in_parentheses_is_read_beside_the_whole_one() {
    assert_eq!(
        normalise_localised("Abonnement-GUID (SubscriptionGuid)").as_deref(),
        Some("subscriptionguid")
    );
    assert_eq!(normalise_localised("(SubscriptionGuid)"), None);
    assert_eq!(normalise_localised("SubscriptionGuid"), None);
    assert_eq!(normalise_localised("Cost ()"), None);
}
