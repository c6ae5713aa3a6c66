//! The exports that stages read. Comes in: a layout. Goes out: a generated export in the target folder, made on first use.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use attain::testdata::{Options, Order, Spread, generate};

/// The shape of an export.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    /// A partner's cost export: 70 columns, quoted JSON.
    Wide,
    /// 12 columns of a usage report, which repeats consumption.
    Narrow,
    /// A cost export that names no partner, and an associations file.
    Enterprise,
}

/// All layouts.
pub(crate) const LAYOUTS: [Layout; 3] = [Layout::Wide, Layout::Narrow, Layout::Enterprise];

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layout::Wide => "wide",
            Layout::Narrow => "narrow",
            Layout::Enterprise => "enterprise",
        })
    }
}

/// A generated export.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) path: PathBuf,
    /// The export, and the associations and rates that it needs.
    pub(crate) all: Vec<PathBuf>,
    /// The roster beside it.
    pub(crate) partners: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
}

impl Export {
    /// The export of a layout.
    pub(crate) fn of(layout: Layout) -> &'static Export {
        static EXPORTS: [OnceLock<Export>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        EXPORTS[layout as usize].get_or_init(|| Export::generate(layout))
    }

    fn generate(layout: Layout) -> Export {
        let (dialect, columns, rows) = match layout {
            Layout::Wide => ("cost-partner", "", 100_000),
            Layout::Narrow => (
                "insights-azure-usage",
                "SubscriptionId,Month,ServiceLevel2,ServiceLevel4,UsageUnits,UsageQuantity,CustomerTenantId,\
                 CustomerSegment,CustomerMarket,MPNID,PartnerAttributionType,ACR_USD",
                500_000,
            ),
            Layout::Enterprise => ("cost-enterprise", "", 100_000),
        };
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stages-{layout}"));
        // The folder may not exist yet.
        let _ = fs::remove_dir_all(&dir);
        let options = Options {
            dir,
            partners: 20_000,
            rows,
            dialect: dialect.to_owned(),
            columns: columns.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            seed: 1,
            order: Order::Random,
            spread: Spread::Even,
            threads: 0,
        };
        let files = generate(&options).expect("the target folder can be written").files;
        let is_consumption = |path: &Path| path.to_string_lossy().contains("consumption-");
        let (path, bytes) =
            files.iter().find(|(path, _)| is_consumption(path)).expect("a consumption file was generated");
        let needed = ["rates.csv", "associations.csv"];
        let wanted = |path: &&PathBuf| is_consumption(path) || needed.iter().any(|name| path.ends_with(name));
        let all = files.iter().map(|(path, _)| path).filter(wanted).cloned().collect();
        Export { path: path.clone(), all, partners: path.with_file_name("partners.csv"), bytes: *bytes, rows }
    }

    /// The cells of a column.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let delimiter = if self.path.extension().is_some_and(|e| e == "tsv") { b'\t' } else { b',' };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).from_path(&self.path).expect("a file");
        let header = reader.headers().expect("a header");
        let column = header.iter().position(|found| found == name).expect("a column of the export");
        reader.records().map(|record| record.expect("a record")[column].to_owned()).collect()
    }
}
