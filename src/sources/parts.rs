//! Names of parts: files of one folder that hold one table between them. Comes in: a file's name. Goes out: the scheme by which
//! its writer numbers parts, and its number. It opens no file.

use super::age::number;

/// How a writer names its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PartScheme {
    /// `part_N`, `part_N_NNNN`: Azure Cost Management.
    CostManagement,
    /// `part-NNNNN`, `part-NNNNN-…`: Spark, Hadoop, pyarrow (`part-0`).
    Spark,
    /// `part.N`, `N.part`: dask, fastparquet.
    Dask,
    /// `data_N`: DuckDB.
    DuckDb,
    /// `data.N`, the first of them plain `data`: ClickHouse.
    ClickHouse,
    /// Sixteen letters and digits by chance, and `_N`: DataFusion.
    DataFusion,
    /// Eight digits from `00000000`: polars.
    Polars,
    /// 32 hexadecimal digits of a GUID, and `-N`: pyarrow, pandas.
    PyArrow,
    /// `data_N_N_N`: Snowflake.
    Snowflake,
}

/// The name of a part. Parts of one snapshot have one scheme and one prefix; sorted by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartName {
    pub(crate) scheme: PartScheme,
    /// What all parts of one table share besides their scheme: the characters of DataFusion, the GUID of pyarrow; else empty.
    pub(crate) prefix: String,
    /// The numbers in the name, first to last.
    pub(crate) numbers: Vec<u64>,
}

/// Extensions of data, and codecs that stand between name and extension (`.snappy.parquet`).
const EXTENSIONS: [&str; 19] = [
    "csv",
    "tsv",
    "txt",
    "parquet",
    "pq",
    "json",
    "jsonl",
    "ndjson",
    "snappy",
    "gz",
    "gzip",
    "zip",
    "zst",
    "zstd",
    "lz4",
    "lz4_raw",
    "brotli",
    "uncompressed",
    "none",
];

/// Extensions of files that are packed as a whole.
const PACKED: [&str; 5] = [".gz", ".gzip", ".zip", ".zst", ".zstd"];

/// The name without the extension of a packed file.
pub(crate) fn unpacked(name: &str) -> &str {
    let ending = PACKED.iter().find(|ending| {
        let at = name.len().checked_sub(ending.len()).and_then(|at| name.get(at..));
        at.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    });
    ending.map_or(name, |ending| &name[..name.len() - ending.len()])
}

/// The name without all extensions of data.
pub(super) fn stem(name: &str) -> &str {
    let mut stem = name;
    while let Some((before, extension)) = stem.rsplit_once('.') {
        if before.is_empty() || !EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)) {
            break;
        }
        stem = before;
    }
    stem
}

impl PartName {
    /// The part that `name` names. `None` if it is no name of a part.
    pub(crate) fn of(name: &str) -> Option<PartName> {
        let stem = stem(name);
        let lower = stem.to_ascii_lowercase();
        let part = |scheme, numbers: Option<Vec<u64>>| {
            numbers.map(|numbers| PartName { scheme, prefix: String::new(), numbers })
        };
        let one = |text: &str| number(text).map(|n| vec![n]);
        let pair = |text: &str| {
            let (first, second) = text.split_once('_')?;
            Some(vec![number(first)?, number(second)?])
        };
        if let Some(rest) = lower.strip_prefix("part_") {
            return part(PartScheme::CostManagement, one(rest).or_else(|| pair(rest)));
        }
        if let Some(rest) = lower.strip_prefix("part-") {
            return part(PartScheme::Spark, one(rest.split('-').next().unwrap_or(rest)));
        }
        if let Some(rest) = lower.strip_prefix("part.") {
            return part(PartScheme::Dask, one(rest));
        }
        if let Some(rest) = lower.strip_suffix(".part") {
            return part(PartScheme::Dask, one(rest));
        }
        if let Some(rest) = lower.strip_prefix("data_") {
            let numbers: Option<Vec<u64>> = rest.split('_').map(number).collect();
            return match rest.split('_').count() {
                1 => part(PartScheme::DuckDb, numbers),
                3 => part(PartScheme::Snowflake, numbers),
                _ => None,
            };
        }
        if let Some(rest) = lower.strip_prefix("data.") {
            return part(PartScheme::ClickHouse, one(rest));
        }
        if lower == "data" {
            return part(PartScheme::ClickHouse, Some(vec![0]));
        }
        if lower.len() == 8 && lower.starts_with("0000") {
            return part(PartScheme::Polars, one(&lower));
        }
        if let Some((guid, rest)) = lower.split_once('-')
            && guid.len() == 32
            && guid.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let prefix = guid.to_owned();
            return one(rest).map(|numbers| PartName { scheme: PartScheme::PyArrow, prefix, numbers });
        }
        let (prefix, rest) = stem.split_once('_')?;
        let numbers = one(rest).filter(|_| is_chance(prefix))?;
        Some(PartName { scheme: PartScheme::DataFusion, prefix: prefix.to_owned(), numbers })
    }
}

/// Whether `text` is sixteen letters and digits by chance and no words: kinds of characters change at least six times between
/// neighbours, as they do in all but a few of ten thousand texts by chance, and not in `AzureUsage201706`.
fn is_chance(text: &str) -> bool {
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let is_alphanumeric = text.bytes().all(|b| b.is_ascii_alphanumeric());
    let changes = text.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    text.len() == 16 && is_alphanumeric && changes >= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> Option<(PartScheme, Vec<u64>)> {
        PartName::of(name).map(|part| (part.scheme, part.numbers))
    }

    #[test]
    fn the_names_of_every_writer_are_parts() {
        use PartScheme::{
            ClickHouse, CostManagement, Dask, DataFusion, DuckDb, Polars, PyArrow, Snowflake, Spark,
        };
        for (name, scheme, numbers) in [
            ("part_0.csv", CostManagement, vec![0]),
            ("part_1_0001.csv", CostManagement, vec![1, 1]),
            ("part_12_0003.csv.gz", CostManagement, vec![12, 3]),
            ("Part_0_0001.snappy.parquet", CostManagement, vec![0, 1]),
            ("part-00000-6b8a9f2e-0000-4000-8000-000000000001-c000.snappy.parquet", Spark, vec![0]),
            ("part-00003-tid-123-6b8a9f2e-1-1-c000.csv.gz", Spark, vec![3]),
            ("part-0.parquet", Spark, vec![0]),
            ("part.10.parquet", Dask, vec![10]),
            ("0.part", Dask, vec![0]),
            ("data_0.parquet", DuckDb, vec![0]),
            ("data.1.parquet", ClickHouse, vec![1]),
            ("data.csv", ClickHouse, vec![0]),
            ("yIqRtZ9oI0UGaVLd_1.parquet", DataFusion, vec![1]),
            ("00000002.parquet", Polars, vec![2]),
            ("54d426d3026e4a208e77ac0adeee0903-1.parquet", PyArrow, vec![1]),
            ("data_0_3_1.snappy.parquet", Snowflake, vec![0, 3, 1]),
        ] {
            assert_eq!(shown(name), Some((scheme, numbers)), "{name}");
        }
    }

    #[test]
    fn other_names_are_no_parts() {
        for name in [
            "part_0_0001 (1).csv",
            "partner-1.csv",
            "partners.csv",
            "usage-part1.csv",
            "part_a.csv",
            "part.csv",
            "AzureUsage201706_1.csv",
            "CustomerUsageJun_1.csv",
            "20170630.csv",
            "data_june.csv",
            "data_2017_06.csv",
            "54d426d3026e4a208e77ac0adeee0903.csv",
            "54d426d3-026e-4a20-8e77-ac0adeee0903-1.csv",
            "_1.csv",
            "",
        ] {
            assert_eq!(PartName::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_packed_file_has_the_name_of_the_plain_one() {
        assert_eq!(unpacked("part_0_0001.csv.gz"), "part_0_0001.csv");
        assert_eq!(unpacked("june.CSV.ZST"), "june.CSV");
        assert_eq!(unpacked("june.snappy.parquet"), "june.snappy.parquet");
        assert_eq!(unpacked("é"), "é");
    }
}
