//! The folder of one run of an export: `…/<export>/<yyyymmdd-yyyymmdd>/[<run time>/][<guid>/]`. Comes in: a folder's path.
//! Goes out: the path of the export, the period, the run's time and id. It opens no file.

use chrono::NaiveDateTime;

use super::age::{day_of_digits, moment_of_digits};
use super::day_range::DayRange;
use crate::base::ids::guid;

/// The export, period, run time and id that the folders of a run state.
///
/// The order of the three folders has changed over the years; all of these are read: period first, then run time, GUID, or both in
/// either order; period last, behind run time and GUID; the period before the export's name
/// (`<period>/<export>/<run time>/<guid>`). A GUID before the period is taken for the run's only beside a run time: it may as well
/// name a customer or a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunFolder {
    /// The path without period, run time and GUID: one for all runs of an export.
    pub(crate) export: String,
    pub(crate) period: DayRange,
    /// **Absent**: no folder states it. UTC.
    pub(crate) run_time: Option<NaiveDateTime>,
    /// The run's GUID, in lower case. **Absent**: no folder states it.
    pub(crate) run_id: Option<String>,
}

impl RunFolder {
    /// What `folder` states. `None` if no run wrote it: no folder of the path is a period.
    pub(crate) fn of(folder: &str) -> Option<RunFolder> {
        use FolderName::{Id, Other, Period, Time};
        let folders: Vec<FolderName<'_>> = folder.split('/').map(FolderName::of).collect();
        // The longest order that fits the end of the path wins; a GUID before the period is the run's only beside its time.
        let (before, name, period, run_time, run_id) = match folders.as_slice() {
            [before @ .., Period(_, period), Time(_, time), Id(id)]
            | [before @ .., Period(_, period), Id(id), Time(_, time)]
            | [before @ .., Time(_, time), Period(_, period), Id(id)]
            | [before @ .., Time(_, time), Id(id), Period(_, period)]
            | [before @ .., Id(id), Time(_, time), Period(_, period)] => {
                (before, None, *period, Some(*time), Some(*id))
            }
            [before @ .., Period(_, period), name @ Other(_), Time(_, time), Id(id)]
            | [before @ .., Period(_, period), name @ Other(_), Id(id), Time(_, time)] => {
                (before, Some(name), *period, Some(*time), Some(*id))
            }
            [before @ .., Period(_, period), Time(_, time)]
            | [before @ .., Time(_, time), Period(_, period)] => (before, None, *period, Some(*time), None),
            [before @ .., Period(_, period), Id(id)] => (before, None, *period, None, Some(*id)),
            [before @ .., Period(_, period), name @ Other(_), Time(_, time)] => {
                (before, Some(name), *period, Some(*time), None)
            }
            [before @ .., Period(_, period), name @ Other(_), Id(id)] => {
                (before, Some(name), *period, None, Some(*id))
            }
            [before @ .., Period(_, period)] => (before, None, *period, None, None),
            _ => return None,
        };
        let export: Vec<&str> = before.iter().chain(name).map(FolderName::name).collect();
        let run_id = run_id.map(str::to_ascii_lowercase);
        Some(RunFolder { export: export.join("/"), period, run_time, run_id })
    }

    /// Whether the folder belongs to one run alone. Without time and GUID, all runs of the period write into it.
    pub(crate) fn is_of_one_run(&self) -> bool {
        self.run_time.is_some() || self.run_id.is_some()
    }
}

/// The meaning of the name of one folder.
#[derive(Clone, Copy)]
enum FolderName<'p> {
    Period(&'p str, DayRange),
    Time(&'p str, NaiveDateTime),
    Id(&'p str),
    Other(&'p str),
}

impl<'p> FolderName<'p> {
    fn of(name: &'p str) -> FolderName<'p> {
        if guid(name.as_bytes()).is_some() {
            return FolderName::Id(name);
        }
        let time = moment_of_digits(name).map(|moment| FolderName::Time(name, moment));
        let period = || period_of(name).map(|period| FolderName::Period(name, period));
        time.or_else(period).unwrap_or(FolderName::Other(name))
    }

    fn name(&self) -> &'p str {
        match self {
            FolderName::Period(name, _)
            | FolderName::Time(name, _)
            | FolderName::Id(name)
            | FolderName::Other(name) => name,
        }
    }
}

/// The days of `yyyymmdd-yyyymmdd`.
fn period_of(name: &str) -> Option<DayRange> {
    let (first, last) = name.split_once('-')?;
    DayRange::new(day_of_digits(first)?, day_of_digits(last)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "94a015c6-1111-4222-8333-444444444441";

    /// `export | period | time | guid`
    fn shown(folder: &str) -> String {
        let Some(run) = RunFolder::of(folder) else { return "none".to_owned() };
        let time = run.run_time.map_or("-".to_owned(), |time| time.to_string());
        let id = run.run_id.as_deref().map_or("-", |id| &id[..8]);
        format!("{}|{}..{}|{time}|{id}", run.export, run.period.first(), run.period.last())
    }

    #[test]
    fn the_folders_of_a_run_state_export_period_time_and_guid() {
        let may = "z/daily|2023-05-01..2023-05-31";
        for (folder, expected) in [
            (format!("z/daily/20230501-20230531/{RUN}"), format!("{may}|-|94a015c6")),
            ("z/daily/20230501-20230531".to_owned(), format!("{may}|-|-")),
            (
                format!("z/daily/20230501-20230531/202305130307/{RUN}"),
                format!("{may}|2023-05-13 03:07:00|94a015c6"),
            ),
            ("z/daily/20230501-20230531/20230513030711".to_owned(), format!("{may}|2023-05-13 03:07:11|-")),
        ] {
            assert_eq!(shown(&folder), expected, "{folder}");
        }
        assert_eq!(shown("20230501-20230531"), "|2023-05-01..2023-05-31|-|-");
    }

    #[test]
    fn the_older_orders_of_the_folders_are_read_too() {
        let expected = "z/daily|2023-05-01..2023-05-31|2023-05-13 03:07:00|94a015c6";
        for folder in [
            format!("z/daily/20230501-20230531/{RUN}/202305130307"),
            format!("z/daily/202305130307/{RUN}/20230501-20230531"),
            format!("z/daily/{RUN}/202305130307/20230501-20230531"),
            format!("z/20230501-20230531/daily/202305130307/{RUN}"),
        ] {
            assert_eq!(shown(&folder), expected, "{folder}");
        }
        assert_eq!(
            shown(&format!("z/20230501-20230531/daily/{RUN}")),
            "z/daily|2023-05-01..2023-05-31|-|94a015c6"
        );
    }

    #[test]
    fn the_guid_of_a_customer_or_subscription_stays_in_the_path_of_the_export() {
        let customer = "11111111-aaaa-4bbb-8ccc-000000000001";
        let folder = format!("{customer}/daily/20230501-20230531/202305130307/{RUN}");
        assert_eq!(
            shown(&folder),
            format!("{customer}/daily|2023-05-01..2023-05-31|2023-05-13 03:07:00|94a015c6")
        );
        let folder = format!("{customer}/20230501-20230531");
        assert_eq!(shown(&folder), format!("{customer}|2023-05-01..2023-05-31|-|-"));
        let folder = format!("{customer}/20230501-20230531/202305130307");
        assert_eq!(shown(&folder), format!("{customer}|2023-05-01..2023-05-31|2023-05-13 03:07:00|-"));
        let folder = format!("{customer}/20230501-20230531/{RUN}");
        assert_eq!(shown(&folder), format!("{customer}|2023-05-01..2023-05-31|-|94a015c6"));
    }

    #[test]
    fn a_folder_without_a_period_is_no_run_folder() {
        for folder in [
            "",
            "exports/june",
            "exports/201706",
            "exports/20170630",
            "exports/20170631-20170630",
            "exports/20170601-20170531",
            "exports/202305130307",
            RUN,
            &format!("exports/{RUN}"),
            "20230501-20230531/customers/alpha",
        ] {
            assert_eq!(shown(folder), "none", "{folder}");
        }
    }
}
