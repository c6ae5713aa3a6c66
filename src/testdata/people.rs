//! Credentials of people. Comes in: a world. Goes out: two exports, attain's own format and the training report of Partner Center
//! Insights (documented columns of October 2023). All people of one partner stand in one of them.

use std::io::Write;

use csv::Writer;

use super::placed::PlacedPeople;
use super::random::{Random, RandomStream};
use super::world::World;

/// A credential: kind, code or title as attain's own format has it, title as the training report has it.
type CredentialNames = [&'static str; 3];

const ASSESSMENT: CredentialNames = ["assessment", "13736", "Technical Assessment for Cloud Platform"];
const EXAM: CredentialNames =
    ["exam", "70-533", "Exam 533: Implementing Microsoft Azure Infrastructure Solutions (70-533)"];

/// The credentials of ordinary people. No rule set names the last one.
const CREDENTIALS: [CredentialNames; 9] = [
    ASSESSMENT,
    EXAM,
    ["exam", "70-532", "70-532 Developing Microsoft Azure Solutions"],
    ["exam", "70-534", "Exam 70-534: Architecting Microsoft Azure Solutions"],
    ["exam", "70-473", "Exam 70-473: Designing and Implementing Cloud Data Platform Solutions"],
    [
        "assessment",
        "13735",
        "Technical Assessment for Using Azure for Data Analytics and Data Platform Solutions",
    ],
    ["assessment", "13979", "Technical Assessment for Using Microsoft Azure for Application Development"],
    ["certification", "MCSA: Linux on Azure", "MCSA: Linux on Azure"],
    ["exam", "70-480", "Exam 70-480: Programming in HTML5 with JavaScript and CSS3"],
];

/// One row: a person's pass of a credential.
#[derive(Debug, Clone)]
struct PassRow {
    individual: u64,
    email: String,
    credential: CredentialNames,
    completed_on: String,
    expires_on: String,
}

/// People in attain's own format: all placed partners and every second ordinary one.
pub(super) fn credentials<W: Write>(world: &World, out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record([
        "partner_id",
        "individual_id",
        "email",
        "kind",
        "credential",
        "completed_on",
        "expires_on",
    ])?;
    for partner in (0..world.partners).filter(|p| !is_in_training(world, *p)) {
        let id = world.partner_id(partner).to_string();
        for pass in passes(world, partner) {
            let [kind, code, _] = pass.credential;
            out.write_record([
                &id,
                &pass.individual.to_string(),
                &pass.email,
                kind,
                code,
                &pass.completed_on,
                &pass.expires_on,
            ])?;
        }
    }
    Ok(())
}

/// People in the training report: the other ordinary partners.
pub(super) fn training<W: Write>(world: &World, out: &mut Writer<W>) -> csv::Result<()> {
    out.write_record([
        "PGAMpnId",
        "TrainingActivityId",
        "TrainingTitle",
        "TrainingType",
        "IndividualFirstName",
        "IndividualLastName",
        "Email",
        "CorpEmail",
        "TrainingCompletionDate",
        "ExpirationDate",
        "ActivationStatus",
        "Month",
        "IcMCP",
        "MCPID",
        "MpnId",
        "PartnerName",
        "PartnerCityLocation",
        "PartnerCountryLocation",
    ])?;
    for partner in (0..world.partners).filter(|p| is_in_training(world, *p)) {
        let id = world.partner_id(partner).to_string();
        let head = world.partner_id(world.head(partner)).to_string();
        let (name, country) = (world.partner_name(partner), world.country(partner).map_or("", |c| c.0));
        for pass in passes(world, partner) {
            let [kind, code, title] = pass.credential;
            let person = pass.individual.to_string();
            let month = format!("{}-01", &pass.completed_on[..7]);
            let corporate = format!("{person}@corp.example.com");
            out.write_record([
                &head,
                code,
                title,
                kind,
                "Person",
                &person,
                &pass.email,
                &corporate,
                &pass.completed_on,
                &pass.expires_on,
                "Active",
                &month,
                "1",
                &person,
                &id,
                &name,
                "Example City",
                country,
            ])?;
        }
    }
    Ok(())
}

fn is_in_training(world: &World, partner: u64) -> bool {
    partner >= world.placed && partner % 2 == 1
}

fn passes(world: &World, partner: u64) -> Vec<PassRow> {
    let first_person = 10_000_000 + partner * 10;
    match world.situation(partner) {
        Some(placed) => placed_passes(placed.people, first_person),
        None => ordinary_passes(world, partner, first_person),
    }
}

fn pass(individual: u64, credential: CredentialNames) -> PassRow {
    PassRow {
        individual,
        email: format!("p{individual}@example.com"),
        credential,
        completed_on: "2017-03-14".to_owned(),
        expires_on: String::new(),
    }
}

fn placed_passes(people: PlacedPeople, first: u64) -> Vec<PassRow> {
    match people {
        PlacedPeople::NoPass => vec![],
        PlacedPeople::OneAssessment => vec![pass(first, ASSESSMENT)],
        PlacedPeople::OneExam => vec![pass(first, EXAM)],
        PlacedPeople::TwoAssessments => vec![pass(first, ASSESSMENT), pass(first + 1, ASSESSMENT)],
        PlacedPeople::TwoExams => vec![pass(first, EXAM), pass(first + 1, EXAM)],
        PlacedPeople::OneOfEach => vec![pass(first, ASSESSMENT), pass(first + 1, EXAM)],
        PlacedPeople::OnePersonTwice => {
            let same = pass(first, EXAM);
            vec![PassRow { email: same.email.to_uppercase(), ..pass(first + 1, EXAM) }, same]
        }
        PlacedPeople::Expired => vec![PassRow { expires_on: "2017-05-31".to_owned(), ..pass(first, EXAM) }],
    }
}

/// Draws up to four people. Most have a pass that counts; some have two ids, work for two partners, passed after the judged day, or hold
/// an expired certification.
fn ordinary_passes(world: &World, partner: u64, first: u64) -> Vec<PassRow> {
    let mut random = Random::of(world.seed, RandomStream::People, partner);
    let people = *random.pick(&[0, 0, 1, 1, 1, 2, 2, 2, 3, 4]);
    let mut passes = Vec::new();
    for person in 0..people {
        let mut one = pass(first + person, *random.pick(&CREDENTIALS));
        let (year, month, day) = (2014 + random.below(3), 1 + random.below(12), 1 + random.below(28));
        one.completed_on = format!("{year}-{month:02}-{day:02}");
        match random.below(100) {
            0..=4 => one.completed_on = "2017-07-20".to_owned(),
            5..=12 => one.expires_on = "2017-06-30".to_owned(),
            13..=30 => one.expires_on = "2018-12-31".to_owned(),
            31..=32 => one.email = format!("shared{}@example.com", partner / 50),
            33..=35 => passes.push(PassRow { individual: first + 9, ..one.clone() }),
            36..=50 => passes.push(PassRow { credential: *random.pick(&CREDENTIALS), ..one.clone() }),
            _ => {}
        }
        passes.push(one);
    }
    passes
}
