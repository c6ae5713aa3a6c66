//! Every dialect runs on every documented header, and exactly the right one fits.

use attain::config::dialect::{
    ColumnKey, Dialect, Layout, Recognition, Role, RoleMeaning, builtin, check_all, documented_headers,
    explain, fitting, parse, recognise, undecided,
};

fn header(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn documented(name: &str) -> Vec<String> {
    documented_headers().iter().find(|h| h.name == name).expect("a documented header").names()
}

fn recognised(header: &[String]) -> Recognition<'static> {
    recognise(header, &[], builtin(), None)
}

fn layout(header: &[String]) -> Layout<'static> {
    let found = match recognised(header) {
        Recognition::Fits(layout) => Ok(layout),
        other => Err(other),
    };
    found.expect("one dialect fits")
}

/// The name in the header that a column of the dialect that fits is read from.
fn read_from(header: &[String], key: &str) -> Option<String> {
    let layout = layout(header);
    let at = layout.dialect.columns.iter().position(|c| c.key == key).expect("a column of the dialect");
    layout.name(ColumnKey(at)).map(str::to_owned)
}

/// What is said of a header that gives no layout.
fn message(header: &[String]) -> String {
    explain(&recognised(header), header).expect("a message")
}

fn own_dialect(name: &str, required: &str) -> Dialect {
    parse(&format!(
        "name = \"{name}\"\ntitle = \"A dialect of one's own\"\nrole = \"markets\"\nsource = [\"a test\"]\nrequired = {required}\n\
         [columns]\ncountry = [\"country\", \"Cost (USD)\"]\nmarket = [\"market\", \"Region (USD)\"]\n\
         [markets]\ncountry = \"country\"\nmarket = \"market\"\n"
    ))
    .expect("a sound dialect")
}

#[test]
fn exactly_the_right_dialect_fits_each_documented_header() {
    for documented in documented_headers() {
        let fits: Vec<&str> =
            fitting(&documented.names(), builtin()).iter().map(|d| d.name.as_str()).collect();
        assert_eq!(fits, documented.dialect.into_iter().collect::<Vec<_>>(), "{}", documented.name);
    }
    assert_eq!(check_all(&[]), Vec::<String>::new());
}

#[test]
fn each_dialect_has_a_documented_header() {
    for dialect in builtin() {
        let has = documented_headers().iter().any(|h| h.dialect == Some(dialect.name.as_str()));
        assert!(has, "{}", dialect.name);
    }
}

#[test]
fn documented_headers_are_as_wide_as_their_sources_say() {
    for (name, columns) in [
        ("cost-partner-2023-12-01-preview", 70),
        ("cost-partner-2021-01-01", 67),
        ("cost-partner-2019-11-01", 66),
        ("cost-partner-subscription-2023-12-01-preview", 56),
        ("cost-partner-subscription-2019-11-01", 52),
        ("cost-customer-2021-10-01", 65),
        ("cost-customer-2021-01-01", 62),
        ("cost-enterprise-2024-08-01", 57),
        ("cost-enterprise-2021-10-01", 55),
        ("cost-enterprise-2020-01-01", 52),
        ("cost-enterprise-2019-10-01", 27),
        ("cost-pay-as-you-go-2019-11-01", 24),
        ("focus-1.0-preview", 94),
        ("focus-1.0", 96),
        ("focus-1.2-preview-105", 105),
        ("focus-1.2-preview-106", 106),
        ("insights-azure-usage-2023", 38),
        ("insights-training-2023", 18),
        ("recon-daily-rated-2023", 55),
        ("recon-legacy-usage", 42),
        ("cost-enterprise-portal-2017", 31),
        ("cost-enterprise-portal-china", 31),
        ("focus-1.4", 43),
    ] {
        assert_eq!(documented(name).len(), columns, "{name}");
    }
}

#[test]
fn every_column_of_a_dialect_stands_in_a_documented_header_by_each_of_its_names() {
    for dialect in builtin() {
        let headers: Vec<String> = documented_headers()
            .iter()
            .filter(|h| h.dialect == Some(dialect.name.as_str()))
            .flat_map(|h| h.names())
            .map(|name| attain::config::dialect::normalise(&name))
            .collect();
        // PartnerID in TrainingCompletions and Profile, and two spellings of the global account, are documented for other
        // datasets of the same API only.
        let elsewhere = ["partnerid", "pgampnid", "pgapartnerid"];
        // Of the program's own formats the first names are documented; the others are what people write.
        let names =
            dialect.columns.iter().flat_map(|c| &c.names).map(|n| attain::config::dialect::normalise(n));
        if dialect.source == ["README, What it reads"] {
            let first: Vec<&String> = dialect.columns.iter().map(|column| &column.compared[0]).collect();
            let is_unread = |name: &&String| ["kind", "customerid"].contains(&name.as_str());
            assert!(headers.iter().all(|name| first.contains(&name) || is_unread(&name)), "{}", dialect.name);
            continue;
        }
        // "All" account types have these two, by the list of fields; no header of pay-as-you-go with them is published.
        let of_all_accounts = ["chargetype", "publishertype"];
        for name in names {
            let known = headers.contains(&name)
                || (dialect.name.starts_with("insights-") && elsewhere.contains(&name.as_str()))
                || (dialect.name == "cost-pay-as-you-go" && of_all_accounts.contains(&name.as_str()))
                // The portal states no currency; users add the column.
                || (dialect.name == "cost-enterprise-portal" && name == "currency");
            assert!(known, "{}: {name}", dialect.name);
        }
    }
}

#[test]
fn columns_may_stand_in_any_order_and_unknown_ones_are_ignored() {
    let mut names = documented("cost-partner-2021-10-01");
    names.reverse();
    names.insert(3, "Id".to_owned());
    assert_eq!(read_from(&names, "cost_billing").as_deref(), Some("costInBillingCurrency"));
    let layout = layout(&names);
    assert!(layout.ignored().contains(&"Id"));
    let read = layout.columns.iter().flatten().count();
    assert_eq!(layout.ignored().len() + read, names.len());
    assert_eq!(read, layout.dialect.columns.len());
}

#[test]
fn header_names_are_compared_without_case_blanks_low_lines_hyphens_and_byte_order_marks() {
    let names = header("\u{feff}\u{feff}MONTH, mpn id ,PARTNER-ATTRIBUTION-TYPE,Subscription ID,ACRUSD");
    assert_eq!(read_from(&names, "month").as_deref(), Some("MONTH"));
    assert_eq!(read_from(&names, "partner").as_deref(), Some("mpn id"));
}

#[test]
fn a_localised_header_is_read_by_the_names_in_its_parentheses() {
    let names = documented("cost-pay-as-you-go-localised");
    assert_eq!(read_from(&names, "subscription").as_deref(), Some("Abonnement-GUID (SubscriptionGuid)"));
    assert_eq!(read_from(&names, "currency").as_deref(), Some("Currency"));
    let names = documented("cost-pay-as-you-go-localised-mixed");
    assert_eq!(read_from(&names, "cost").as_deref(), Some("costInBillingCurrency"));
}

#[test]
fn of_several_names_of_one_column_the_dialects_first_is_read() {
    let mut names = documented("cost-enterprise-cost-billing-currency");
    names.push("CostInBillingCurrency".to_owned());
    assert_eq!(read_from(&names, "cost").as_deref(), Some("CostInBillingCurrency"));
    let names = header(
        "TotalACR,Month,PartnerID,PartnerAttributionType,SubscriptionId,MPNID,MonthlySubscriptionLevelACR",
    );
    assert_eq!(read_from(&names, "partner").as_deref(), Some("MPNID"));
    assert_eq!(read_from(&names, "acr"), None);
    assert_eq!(read_from(&names, "acr_total").as_deref(), Some("TotalACR"));
}

#[test]
fn a_column_that_is_read_must_not_stand_in_the_header_twice() {
    let mut names = documented("cost-customer-2021-10-01");
    names.push("Tags".to_owned());
    assert!(matches!(recognised(&names), Recognition::Fits(_)), "tags are not read");
    names.push("COSTINUSD".to_owned());
    let Recognition::DuplicateColumn { dialect, columns } = recognised(&names) else { panic!("a duplicate") };
    assert_eq!((dialect.name.as_str(), columns), ("cost-customer", header("costInUsd,COSTINUSD")));
    assert_eq!(
        message(&names),
        "cost-customer fits, but a column that it reads stands in the header twice: `costInUsd`, `COSTINUSD`; rename or remove \
         one of them"
    );
}

#[test]
fn a_near_miss_says_what_was_found_what_is_missing_and_the_nearest_spelling() {
    let names: Vec<String> = documented("cost-partner-2021-10-01")
        .into_iter()
        .map(|n| if n == "SubscriptionId" { "Subscription.Id".to_owned() } else { n })
        .collect();
    assert_eq!(
        message(&names),
        "no dialect fits the header; nearest is cost-partner (Azure Cost Management, cost and usage details, partner (CSP) \
         billing scopes); found: `date`, `resellerMpnId`, `partnerTenantId`, `costInUsd`, `costInPricingCurrency`, \
         `costInBillingCurrency`, `chargeType`, `publisherType`, `provider`; missing: `SubscriptionId` (nearest: `Subscription.Id`); correct the header, or describe the \
         layout with --dialect FILE"
    );
}

#[test]
fn a_near_miss_names_the_layout_that_was_meant_and_not_its_relative() {
    for (layout, lost) in [
        ("cost-partner-subscription-2021-10-01", "resellerMpnId"),
        ("cost-partner-2021-10-01", "date"),
        ("cost-customer-2021-10-01", "SubscriptionId"),
        ("cost-enterprise-2021-10-01", "CostInBillingCurrency"),
        ("focus-1.0", "SubAccountId"),
        ("recon-daily-rated-2023", "EntitlementId"),
        ("insights-training-2021", "TrainingCompletionDate"),
        ("insights-azure-usage-2023", "ACR_USD"),
        ("consumption-daily", "currency"),
    ] {
        let names: Vec<String> = documented(layout).into_iter().filter(|n| n != lost).collect();
        let Recognition::NearMiss(near) = recognised(&names) else { panic!("{layout} without {lost}") };
        assert!(layout.starts_with(&near.dialect.name), "{layout} without {lost}: {}", near.dialect.name);
        assert!(near.missing.iter().any(|m| m.any_of.iter().any(|n| n == lost)), "{layout} without {lost}");
    }
}

#[test]
fn a_header_of_few_columns_is_near_if_the_missing_one_is_misspelt() {
    for (names, is_near) in [
        ("subscription_id,partner_id", false),
        ("country,population", false),
        ("country,markt", true),
        ("currency,month,usd_per_unitt", true),
        ("currency,month", false),
        ("month,sales,amount", false),
    ] {
        let recognition = recognised(&header(names));
        assert_eq!(matches!(recognition, Recognition::NearMiss(_)), is_near, "{names}: {recognition:?}");
    }
}

#[test]
fn a_misspelt_column_that_decides_what_counts_is_named() {
    for (layout, name, written) in [
        ("cost-enterprise-2021-10-01", "ChargeType", "ChargTyp"),
        ("cost-partner-2021-10-01", "publisherType", "publisherTyp"),
        ("recon-daily-rated-2023", "PricingPreTaxTotal", "PricingPreTaxTotl"),
        ("focus-1.0", "CommitmentDiscountStatus", "CommitmentDiscountStatu"),
    ] {
        let mut names = documented(layout);
        let at = names.iter().position(|n| n == name).expect("the column is documented");
        written.clone_into(&mut names[at]);
        let Recognition::Misspelt { columns, .. } = recognised(&names) else { panic!("{layout}: {written}") };
        assert_eq!((columns[0].name.to_lowercase(), &*columns[0].written), (name.to_lowercase(), written));
        assert!(message(&names).contains(&format!("(written `{written}`)")), "{}", message(&names));
    }
}

#[test]
fn a_forbidden_column_is_named() {
    let names = header("country,market,partner_id");
    let role = Some(Role::Markets);
    let roster = recognise(&names, &[], builtin(), role);
    assert!(matches!(roster, Recognition::OtherRole { dialect } if dialect.name == "partners"));
    let names = header("usd_per_unit,month,currency,amount");
    let near = recognise(&names, &[], builtin(), Some(Role::Rates));
    let Recognition::NearMiss(near) = near else { panic!("a near miss") };
    assert_eq!((near.missing.len(), near.forbidden), (0, header("amount")));
    assert!(message(&names).contains("must not be there: `amount`"), "{}", message(&names));
}

#[test]
fn reconciliation_files_of_invoices_are_told_from_daily_rated_ones() {
    let foreign = recognised(&documented("none-recon-new-commerce"));
    assert!(
        matches!(foreign, Recognition::Foreign(layout) if layout.title.contains("invoice")),
        "{foreign:?}"
    );
}

#[test]
fn our_own_report_and_rejects_are_known_as_such_in_every_role() {
    for name in ["none-report", "none-rejects", "none-report-former", "none-credits-former"] {
        for role in [None, Some(Role::Partners), Some(Role::Consumption)] {
            assert_eq!(recognise(&documented(name), &[], builtin(), role), Recognition::OwnOutput, "{name}");
        }
    }
    let other_rule_set =
        "partner_id,partner_name,country,market,tier,x,rule_set,as_of,window_start,window_end,notes";
    assert_eq!(recognised(&header(other_rule_set)), Recognition::OwnOutput);
    let with_a_column_behind = header(&format!("{other_rule_set},x"));
    assert_ne!(recognised(&with_a_column_behind), Recognition::OwnOutput);
}

#[test]
fn a_header_of_nothing_known_shows_its_names() {
    assert_eq!(
        message(&header("a,b,c")),
        "no dialect fits the header; found: `a`, `b`, `c`; `attain dialects list` names the known ones, `attain dialects new FILE` drafts one for this file, --dialect adds it"
    );
    let wide: Vec<String> = (0..40).map(|n| format!("column {n}")).collect();
    assert!(message(&wide).contains("`column 11` and 28 more;"), "{}", message(&wide));
    assert_eq!(message(&[]), "there is no header");
    assert_eq!(message(&header(" ,")), "there is no header");
}

#[test]
fn a_users_dialect_is_tried_before_the_built_in_ones() {
    let user = [own_dialect("mine", "[\"country\"]")];
    let found = recognise(&header("country,market"), &user, builtin(), None);
    assert!(matches!(found, Recognition::Fits(layout) if layout.dialect.name == "mine"));
    let found = recognise(&documented("rates"), &user, builtin(), None);
    assert!(matches!(found, Recognition::Fits(layout) if layout.dialect.name == "rates"));
    assert_eq!(check_all(&user), Vec::<String>::new());
}

#[test]
fn two_dialects_that_fit_are_ambiguous() {
    let user = [own_dialect("mine", "[\"country\"]"), own_dialect("yours", "[\"market\"]")];
    let names = header("country,market");
    let found = recognise(&names, &user, builtin(), None);
    assert_eq!(found, Recognition::Ambiguous { dialects: header("mine,yours") });
    assert!(
        explain(&found, &names)
            .is_some_and(|m| m.starts_with("several dialects fit the header: mine, yours;"))
    );
    assert!(check_all(&user).iter().any(|f| f.starts_with("documented header markets: fits mine and yours")));
    let both = header("date,partner_id,association,amount,currency,individual_id,credential,completed_on");
    let Recognition::Ambiguous { dialects } = recognised(&both) else { panic!("ambiguous") };
    assert_eq!(dialects, header("consumption,credentials"));
}

#[test]
fn a_dialect_whose_least_header_fits_another_claims_too_much() {
    let user = [own_dialect("mine", "[\"country\"]"), own_dialect("yours", "[\"country\", \"market\"]")];
    let input_errors = check_all(&user);
    assert!(
        input_errors.iter().any(|f| f.starts_with("yours: a header of only what it requires")),
        "{input_errors:?}"
    );
}

#[test]
fn names_with_a_unit_in_parentheses_stay_apart() {
    let user = [own_dialect("mine", "[\"country\", \"market\"]")];
    let found = recognise(&header("Cost (USD),Region (USD),Tax (USD)"), &user, &[], None);
    assert!(matches!(found, Recognition::Fits(layout) if layout.columns == [Some(0), Some(1)]));
}

#[test]
fn a_role_that_was_said_leaves_only_its_dialects() {
    let names = documented("partners");
    let found = recognise(&names, &[], builtin(), Some(Role::Consumption));
    assert!(matches!(found, Recognition::OtherRole { dialect } if dialect.name == "partners"));
    assert_eq!(
        explain(&found, &names).as_deref(),
        Some(
            "the header is that of partners (attain's own format for the roster of partners), whose role is partners; give the \
             file without a role, or with that one"
        )
    );
    let both = header("date,partner_id,association,amount,currency,individual_id,credential,completed_on");
    let found = recognise(&both, &[], builtin(), Some(Role::Credentials));
    assert!(matches!(found, Recognition::Fits(layout) if layout.dialect.name == "credentials"));
}

#[test]
fn only_the_native_report_repeats_consumption_per_association() {
    for dialect in builtin() {
        if let RoleMeaning::Consumption(consumption) = &dialect.meaning {
            assert_eq!(
                consumption.repeats_per_association,
                dialect.name == "insights-azure-usage",
                "{}",
                dialect.name
            );
        }
    }
}

#[test]
fn an_enterprise_file_without_a_currency_is_recognised_so_that_its_rows_can_be_refused() {
    assert_eq!(read_from(&documented("cost-enterprise-2019-10-01"), "currency"), None);
    assert_eq!(
        read_from(&documented("cost-enterprise-2019-10-01-currency"), "currency").as_deref(),
        Some("Currency")
    );
}

#[test]
fn a_hint_never_names_another_documented_column() {
    let mut names = documented("focus-1.4");
    names.retain(|name| name != "ServiceProviderName");
    let layout = layout(&names);
    let RoleMeaning::Consumption(rules) = &layout.dialect.meaning else { panic!("consumption") };
    let message = undecided(&layout, rules).expect("nothing tells the cloud");
    assert!(message.contains("`ProviderName` or `ServiceProviderName`, which tells Azure"), "{message}");
    assert!(!message.contains("HostProviderName"), "{message}");
    let names: Vec<String> = names.into_iter().filter(|name| name != "SubAccountId").collect();
    assert!(!self::message(&names).contains("nearest: "), "{}", self::message(&names));
}

#[test]
fn a_column_that_decides_may_be_absent_in_the_layouts_that_lack_it_only() {
    let lacks = |names: &[String]| {
        let layout = layout(names);
        let RoleMeaning::Consumption(rules) = &layout.dialect.meaning else { panic!("consumption") };
        undecided(&layout, rules)
    };
    for documented in documented_headers() {
        let is_consumption =
            |d: &&Dialect| Some(d.name.as_str()) == documented.dialect && d.role == Role::Consumption;
        if builtin().iter().any(|dialect| is_consumption(&dialect)) {
            assert_eq!(lacks(&documented.names()), None, "{}", documented.name);
        }
    }
    for (names, column, purpose) in [
        (
            "Date,SubscriptionId,CostInBillingCurrency,BillingCurrencyCode",
            "`ChargeType`",
            "usage from purchases",
        ),
        (
            "Date,SubscriptionId,CostInBillingCurrency,BillingCurrencyCode,ChargeType",
            "`PublisherType`",
            "the Marketplace",
        ),
        ("date,subscriptionId,costInUsd,chargeType,publisherType,benefitId", "`provider`", "other products"),
        ("Date,SubscriptionId,PreTaxCost,Currency", "`ChargeType`", "usage from purchases"),
        (
            "ChargePeriodStart,SubAccountId,EffectiveCost,BillingCurrency,ChargeCategory,ProviderName",
            "`ChargeSubcategory` or `CommitmentDiscountStatus`",
            "unused commitments",
        ),
    ] {
        let message = lacks(&header(names)).expect("something is missing");
        assert!(message.contains(column) && message.contains(purpose), "{names}: {message}");
    }
}

#[test]
fn no_two_columns_of_a_dialect_have_one_name() {
    for dialect in builtin() {
        let mut names: Vec<&String> = dialect.columns.iter().flat_map(|column| &column.compared).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        // Two spellings of one column may be one name.
        let same: usize = dialect
            .columns
            .iter()
            .map(|column| {
                let mut compared = column.compared.clone();
                compared.sort();
                compared.dedup();
                column.compared.len() - compared.len()
            })
            .sum();
        assert_eq!(names.len() + same, all, "{}", dialect.name);
    }
}

#[test]
fn one_column_tells_an_enterprise_file_from_one_of_a_customer_agreement() {
    let customer = documented("cost-customer-2021-10-01");
    let mut enterprise = customer.clone();
    enterprise.push("AccountOwnerId".to_owned());
    assert_eq!(layout(&customer).dialect.name, "cost-customer");
    assert_eq!(layout(&enterprise).dialect.name, "cost-enterprise");
    assert_eq!(read_from(&enterprise, "cost_usd").as_deref(), Some("costInUsd"));
    assert_eq!(read_from(&enterprise, "reseller").as_deref(), Some("resellerMpnId"));
}

#[test]
fn a_documented_header_without_one_required_column_is_a_near_miss_that_names_dialect_and_column() {
    for header in documented_headers() {
        let Some(dialect) = builtin().iter().find(|dialect| Some(dialect.name.as_str()) == header.dialect)
        else {
            continue;
        };
        // Three names, or three quarters of a documented header, tell what the file is.
        let names = header.names();
        for any_of in &dialect.required {
            let is_it = |name: &String| {
                any_of.iter().any(|key| dialect.columns_named(name).iter().any(|(named, _)| named == key))
            };
            let rest: Vec<String> = names.iter().filter(|name| !is_it(name)).cloned().collect();
            if rest.len() < 3 || 4 * rest.len() < 3 * names.len() {
                continue;
            }
            match recognise(&rest, &[], builtin(), None) {
                // Related layouts differ in one column, which both document.
                Recognition::Fits(layout) => {
                    let related = [
                        "cost-partner-subscription",
                        "cost-enterprise",
                        "recon-daily-rated-basic",
                        "partners",
                    ];
                    assert!(
                        related.contains(&layout.dialect.name.as_str()),
                        "{}: {}",
                        header.name,
                        layout.dialect.name
                    );
                }
                Recognition::NearMiss(near) => {
                    assert_eq!(near.dialect.name, dialect.name, "{}", header.name);
                    let told: Vec<&String> =
                        near.missing.iter().flat_map(|missing| &missing.any_of).collect();
                    let expected = any_of.iter().flat_map(|key| &dialect.columns[key.0].names);
                    assert!(expected.clone().all(|name| told.contains(&name)), "{}: {told:?}", header.name);
                }
                other => panic!("{}: {other:?}", header.name),
            }
        }
    }
}
