//! Manifests: the description of a run, which its export writes. Comes in: the bytes of a file named so. Goes out: the
//! listed parts, export, period and age; or the reason why none are known. It opens no file, and keeps no secret: a manifest of Partner
//! Center holds a token that gives access to storage.

use serde_json::Value;

use super::ManifestFile;
use super::age::{Age, AgeKind, moment_in_manifest};
use super::day_range::DayRange;
use crate::base::calendar::{DateForm, DateOrder, Day, parse_day};

/// The content of a manifest that lists blobs.
///
/// Source: Azure Cost Management exports, manifests of 2021-01-01 (`blobs`, counts) and 2024-04-01 (`exportConfig`, `runInfo`); Partner
/// Center, daily-rated usage by Microsoft Graph (`blobs[].name`, `createdDateTime`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunManifest {
    /// `exportConfig.exportName`. **Absent**: older manifests do not say it.
    pub(crate) export_name: Option<String>,
    /// `exportConfig.resourceId`, in lower case: one for all runs of an export. **Absent**: older manifests do not say it.
    pub(crate) resource_id: Option<String>,
    /// `exportConfig.type`, such as `ActualCost`. **Absent**: older manifests do not say it.
    pub(crate) export_type: Option<String>,
    /// `runInfo.submittedTime`; in Partner Center `createdDateTime`. **Absent**: older manifests do not say it.
    pub(crate) age: Option<Age>,
    /// From `runInfo.startDate` to `runInfo.endDate`. **Absent**: one of them is, or neither is a date.
    pub(crate) period: Option<DayRange>,
    /// `runInfo.runId`, in lower case. **Absent**: older manifests do not say it.
    pub(crate) run_id: Option<String>,
    /// `deliveryConfig.fileFormat` or `dataFormat`, such as `Csv`. **Absent**: not stated.
    pub(crate) format: Option<String>,
    /// `deliveryConfig.compressionMode`, such as `gzip`. **Absent**: not stated.
    pub(crate) compression: Option<String>,
    /// `partitionType`: only Partner Center states it.
    pub(crate) partition_type: Option<String>,
    /// Rows of all parts: `dataRowCount`, else the sum of the parts if each states its rows. **Absent**: not stated.
    pub(crate) rows: Option<u64>,
    /// Never empty; sorted by name, each once.
    pub(crate) blobs: Vec<RunBlob>,
}

/// A part that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunBlob {
    /// The last component of the blob's path: the name of the file beside the manifest.
    pub(crate) name: String,
    /// `byteCount`. **Unit**: bytes, as delivered. **Absent**: not stated.
    pub(crate) bytes: Option<u64>,
    /// `dataRowCount`: rows without the header. **Absent**: not stated.
    pub(crate) rows: Option<u64>,
}

/// The reason why a manifest has no usable content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SilentManifest {
    /// No bytes: some pipelines lay one beside their files as a signal.
    Empty,
    /// Not JSON, such as a file that is still being written.
    Unreadable,
    /// JSON without blobs.
    WithoutBlobs,
}

impl RunManifest {
    /// Reads a manifest. A BOM is passed over.
    pub(crate) fn parse(text: &[u8]) -> Result<RunManifest, SilentManifest> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(SilentManifest::Empty);
        }
        // Only the fields that are named here outlive this value: no token is kept.
        let answer: Value = serde_json::from_slice(text).map_err(|_| SilentManifest::Unreadable)?;
        // The answer of Microsoft Graph holds the manifest, and may be saved whole.
        let json = answer.get("resourceLocation").filter(|inner| inner.is_object()).unwrap_or(&answer);
        let mut blobs: Vec<RunBlob> = json
            .get("blobs")
            .and_then(Value::as_array)
            .map_or(Vec::new(), |blobs| blobs.iter().filter_map(RunBlob::of).collect());
        if blobs.is_empty() {
            return Err(SilentManifest::WithoutBlobs);
        }
        let sum = blobs.iter().try_fold(0_u64, |sum, blob| sum.checked_add(blob.rows?));
        blobs.sort();
        blobs.dedup_by(|a, b| a.name == b.name);
        let text_at = |path: &str| {
            let text = json.pointer(path).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let moment = ["/runInfo/submittedTime", "/createdDateTime", "/utcCreatedDateTime"]
            .iter()
            .find_map(|path| moment_in_manifest(&text_at(path)?));
        let day = |path: &str| first_ten(&text_at(path)?);
        let period = day("/runInfo/startDate").zip(day("/runInfo/endDate"));
        Ok(RunManifest {
            export_name: text_at("/exportConfig/exportName"),
            resource_id: text_at("/exportConfig/resourceId").map(|id| id.to_lowercase()),
            export_type: text_at("/exportConfig/type"),
            age: moment.map(|moment| Age::at(AgeKind::Manifest, moment)),
            period: period.and_then(|(first, last)| DayRange::new(first, last)),
            run_id: text_at("/runInfo/runId").map(|id| id.to_lowercase()),
            format: text_at("/deliveryConfig/fileFormat").or_else(|| text_at("/dataFormat")),
            compression: text_at("/deliveryConfig/compressionMode"),
            partition_type: text_at("/partitionType"),
            rows: count(json.get("dataRowCount")).or(sum),
            blobs,
        })
    }
}

impl RunBlob {
    fn of(json: &Value) -> Option<RunBlob> {
        let path = json.get("blobName").or_else(|| json.get("name"))?.as_str()?;
        // A blob may be written as a URL, whose query may hold a token.
        let path = path.split(['?', '#']).next()?;
        let name = path.rsplit(['/', '\\']).next().map(str::trim).filter(|name| !name.is_empty())?;
        let bytes = count(json.get("byteCount")).or_else(|| count(json.get("sizeInBytes")));
        Some(RunBlob { name: name.to_owned(), bytes, rows: count(json.get("dataRowCount")) })
    }
}

/// A count, as a number or as digits in quotes.
fn count(json: Option<&Value>) -> Option<u64> {
    match json? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => super::age::number(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The day that the first ten characters write: the day as written, whatever its time and offset.
fn first_ten(text: &str) -> Option<Day> {
    parse_day(text.get(..10)?.as_bytes(), &[DateForm::Iso], DateOrder::MonthFirst).ok()
}

impl ManifestFile {
    /// A manifest that lists parts, and states nothing else of its run.
    pub(crate) fn of_parts(path: String, parts: &[&str]) -> ManifestFile {
        let blobs: Vec<_> = parts.iter().map(|part| serde_json::json!({ "blobName": part })).collect();
        ManifestFile { path, text: serde_json::json!({ "blobs": blobs }).to_string().into_bytes() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const COST_MANAGEMENT: &str = r#"{
      "manifestVersion": "2024-04-01", "byteCount": 8032, "blobCount": 2, "dataRowCount": 36,
      "exportConfig": {"exportName": "daily", "type": "ActualCost", "timeFrame": "MonthToDate", "dataVersion": "2021-10-01",
        "resourceId": "/providers/Microsoft.Billing/billingAccounts/1234567/providers/Microsoft.CostManagement/exports/daily"},
      "deliveryConfig": {"partitionData": true, "fileFormat": "Csv", "compressionMode": "None", "rootFolderPath": "folder"},
      "runInfo": {"executionType": "Scheduled", "submittedTime": "2025-03-21T21:04:06.5234447Z",
        "runId": "BBAC73F1-9a05-4de6-84ab-c72b568a03b4", "startDate": "2025-03-01T00:00:00", "endDate": "2025-03-21T00:00:00Z"},
      "blobs": [
        {"blobName": "folder/daily/20250301-20250331/bbac73f1/part_1_0001.csv", "byteCount": 4000, "dataRowCount": 16},
        {"blobName": "folder/daily/20250301-20250331/bbac73f1/part_0_0001.csv", "byteCount": 4032, "dataRowCount": 20}]}"#;

    #[test]
    fn a_manifest_of_cost_management_states_export_period_age_and_parts() {
        let manifest = RunManifest::parse(COST_MANAGEMENT.as_bytes()).unwrap();
        assert!(
            manifest
                .resource_id
                .unwrap()
                .starts_with("/providers/microsoft.billing/billingaccounts/1234567/")
        );
        assert_eq!(manifest.export_name.as_deref(), Some("daily"));
        assert_eq!(manifest.export_type.as_deref(), Some("ActualCost"));
        assert_eq!(manifest.run_id.as_deref(), Some("bbac73f1-9a05-4de6-84ab-c72b568a03b4"));
        assert_eq!(
            (manifest.format.as_deref(), manifest.compression.as_deref()),
            (Some("Csv"), Some("None"))
        );
        let period = manifest.period.unwrap();
        assert_eq!(
            (period.first().to_string(), period.last().to_string()),
            ("2025-03-01".into(), "2025-03-21".into())
        );
        let age = manifest.age.unwrap();
        assert_eq!((age.kind, age.day.to_string()), (AgeKind::Manifest, "2025-03-21".to_owned()));
        let blob =
            |name: &str, bytes, rows| RunBlob { name: name.to_owned(), bytes: Some(bytes), rows: Some(rows) };
        assert_eq!(manifest.blobs, [blob("part_0_0001.csv", 4032, 20), blob("part_1_0001.csv", 4000, 16)]);
        assert_eq!(manifest.rows, Some(36));
    }

    #[test]
    fn an_older_manifest_states_parts_alone() {
        let text = "\u{feff}{\"manifestVersion\":\"2021-01-01\",\"dataFormat\":\"csv\",\"blobs\":[{\"blobName\":\"a\\\\b\\\\p.csv\",\"byteCount\":\"12\",\"dataRowCount\":3}]}";
        let manifest = RunManifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.blobs, [RunBlob { name: "p.csv".to_owned(), bytes: Some(12), rows: Some(3) }]);
        assert_eq!((manifest.age, manifest.period, manifest.resource_id), (None, None, None));
        assert_eq!((manifest.rows, manifest.format.as_deref()), (Some(3), Some("csv")));
    }

    #[test]
    fn no_token_of_a_partner_center_manifest_stays_in_the_result() {
        let text = r#"{"id": "1", "schemaVersion": "2", "dataFormat": "compressedJSON", "createdDateTime": "2024-05-23T10:00:00Z",
          "partnerTenantId": "t", "rootDirectory": "https://s.example/c/r?sv=2021&sig=SECRET", "sasToken": "sv=2021&sig=SECRET",
          "partitionType": "ItemCount", "blobCount": 1,
          "blobs": [{"name": "https://s.example/c/part-000.json.gz?sig=SECRET", "partitionValue": "1", "sasToken": "SECRET"}]}"#;
        let manifest = RunManifest::parse(text.as_bytes()).unwrap();
        assert!(!format!("{manifest:?}").contains("SECRET"));
        assert_eq!(manifest.blobs[0].name, "part-000.json.gz");
        assert_eq!(manifest.partition_type.as_deref(), Some("ItemCount"));
        assert_eq!(manifest.age.unwrap().day.to_string(), "2024-05-23");
        assert_eq!(manifest.rows, None);
        let answer = format!(r#"{{"@odata.type": "x", "status": "succeeded", "resourceLocation": {text}}}"#);
        let inner = RunManifest::parse(answer.as_bytes()).unwrap();
        assert!(!format!("{inner:?}").contains("SECRET"));
        assert_eq!((inner.blobs, inner.age), (manifest.blobs, manifest.age));
    }

    #[test]
    fn a_manifest_without_blobs_or_that_is_no_json_says_nothing_and_which() {
        let silence = |text: &str| RunManifest::parse(text.as_bytes()).unwrap_err();
        assert_eq!(silence(""), SilentManifest::Empty);
        assert_eq!(silence("\u{feff} \n"), SilentManifest::Empty);
        assert_eq!(silence(&COST_MANAGEMENT[..300]), SilentManifest::Unreadable);
        assert_eq!(
            silence("{\"manifestVersion\": \"2024-04-01\", \"blobs\": []}"),
            SilentManifest::WithoutBlobs
        );
        assert_eq!(silence("{\"name\": \"web app\"}"), SilentManifest::WithoutBlobs);
        assert_eq!(silence("{\"blobs\": [{\"size\": 1}, 7]}"), SilentManifest::WithoutBlobs);
        assert_eq!(silence(&"[".repeat(100_000)), SilentManifest::Unreadable);
    }

    #[test]
    fn a_period_is_taken_as_written_and_only_if_it_is_one() {
        let period = |start: &str, end: &str| {
            let text = format!(
                r#"{{"runInfo": {{"startDate": "{start}", "endDate": "{end}"}}, "blobs": [{{"blobName": "p"}}]}}"#
            );
            RunManifest::parse(text.as_bytes())
                .unwrap()
                .period
                .map(|p| format!("{}..{}", p.first(), p.last()))
        };
        let expected = Some("2025-07-01..2025-07-16".to_owned());
        assert_eq!(period("2025-07-01T00:00:00", "2025-07-16T00:00:00+00:00"), expected);
        assert_eq!(period("2025-07-01T00:00:00+02:00", "2025-07-16"), expected);
        assert_eq!(period("2025-07-16", "2025-07-01"), None);
        assert_eq!(period("soon", "2025-07-01"), None);
    }
}
