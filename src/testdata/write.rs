//! Writes the files. Comes in: options. Goes out: a folder. Chunks are generated in parallel and written in order; one batch is written while
//! the next is generated, so that memory holds two batches.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::chunk::RowGenerator;
use super::layouts::{ExportLayout, LAYOUTS, PartnerSource, file_name};
use super::random::count;
use super::template::Template;
use super::world::World;
use super::{GenerateError, Generated, Options, people, rosters};

/// Writes a folder of synthetic exports: consumption, credentials in two dialects, partners, markets, rates, and
/// associations where the consumption names no partner.
///
/// **Errors**: [`GenerateError`]; a file that could not be written whole is removed.
pub fn generate(options: &Options) -> Result<Generated, GenerateError> {
    let layout = LAYOUTS
        .iter()
        .find(|layout| layout.dialect == options.dialect)
        .ok_or_else(|| GenerateError::UnknownDialect { name: options.dialect.clone() })?;
    if options.partners == 0 {
        return Err(GenerateError::NoPartners);
    }
    let columns = columns(layout, &options.columns)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|source| GenerateError::Threads { source })?;
    empty_folder(&options.dir)?;
    let world = World::new(options.seed, u64::from(options.partners), options.rows);
    let mut folder = Folder { path: &options.dir, files: Vec::new() };
    folder.table("partners.csv", |out| rosters::partners(&world, out))?;
    folder.table("markets.csv", rosters::markets)?;
    folder.table("rates.csv", rosters::rates)?;
    folder.table("credentials.csv", |out| people::credentials(&world, out))?;
    folder.table("insights-training.csv", |out| people::training(&world, out))?;
    if layout.partner == PartnerSource::AssociationsFile {
        folder.table("associations.csv", |out| rosters::associations(&world, out))?;
    }
    folder.file(&file_name(layout), |out| {
        pool.install(|| consumption(options, layout, &columns, world, out))
    })?;
    Ok(Generated { files: folder.files })
}

/// The columns to write: the `chosen` ones, or all if none is chosen.
fn columns(layout: &ExportLayout, chosen: &[String]) -> Result<Vec<&'static str>, GenerateError> {
    let mut columns: Vec<&str> = layout.columns().collect();
    if let Some(name) = chosen.iter().find(|name| !columns.iter().any(|c| c.eq_ignore_ascii_case(name))) {
        return Err(GenerateError::UnknownColumn { name: name.clone(), dialect: layout.dialect });
    }
    if !chosen.is_empty() {
        columns.retain(|column| chosen.iter().any(|name| name.eq_ignore_ascii_case(column)));
    }
    Ok(columns)
}

/// Creates the folder if it is missing. Errors: it holds a file.
fn empty_folder(path: &Path) -> Result<(), GenerateError> {
    let failed = |source| GenerateError::Output { path: path.to_owned(), source };
    fs::create_dir_all(path).map_err(failed)?;
    match fs::read_dir(path).map_err(failed)?.next() {
        None => Ok(()),
        Some(_) => Err(GenerateError::NotEmpty { path: path.to_owned() }),
    }
}

/// The target folder and the files written so far.
struct Folder<'f> {
    path: &'f Path,
    files: Vec<(PathBuf, u64)>,
}

impl Folder<'_> {
    /// Creates and fills a file.
    fn file(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), GenerateError> {
        let path = self.path.join(name);
        let failed = |source| GenerateError::Output { path: path.clone(), source };
        let mut file = File::create_new(&path).map_err(failed)?;
        let bytes = fill(&mut file).and_then(|()| file.metadata()).map(|metadata| metadata.len());
        match bytes {
            Ok(bytes) => self.files.push((path, bytes)),
            Err(source) => {
                drop(file);
                // Report the first error, not the error of the removal.
                let _ = fs::remove_file(&path);
                return Err(failed(source));
            }
        }
        Ok(())
    }

    /// Creates and fills the CSV file of a small role.
    fn table(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut csv::Writer<BufWriter<File>>) -> csv::Result<()>,
    ) -> Result<(), GenerateError> {
        self.file(name, |file| {
            let mut out = csv::Writer::from_writer(BufWriter::new(file.try_clone()?));
            fill(&mut out).map_err(io::Error::from)?;
            out.into_inner().map_err(|e| io::Error::from(e.error().kind()))?.flush()
        })
    }
}

/// Writes the consumption: header, chunks, then the rows of placed partners.
fn consumption(
    options: &Options,
    layout: &ExportLayout,
    columns: &[&str],
    world: World,
    out: &mut File,
) -> io::Result<()> {
    let template = Template::new(layout, columns);
    let (order, spread) = (options.order, options.spread);
    let mut source = RowGenerator { world, layout, template, rows: 0, order, spread };
    // Counting rows of each placed partner: few enough that all placed partners take at most half of the rows.
    let rows_each = (options.rows / (8 * world.placed.max(1))).clamp(2, 32);
    let mut placed = Vec::new();
    source.rows = options.rows - source.placed(rows_each, &mut placed);

    let delimiter = char::from(layout.delimiter).to_string();
    writeln!(out, "{}", columns.join(&delimiter))?;
    write_chunks(&source, out)?;
    out.write_all(&placed)
}

/// Writes all chunks in order; one batch is written while the next is generated.
fn write_chunks(source: &RowGenerator<'_>, out: &mut File) -> io::Result<()> {
    let batch = count(2 * rayon::current_num_threads());
    let generate = |first: u64, buffers: &mut Vec<Vec<u8>>| {
        let end = source.chunks().min(first + batch);
        buffers.resize_with(super::random::index(end.saturating_sub(first)), Vec::new);
        buffers.par_iter_mut().enumerate().for_each(|(nth, buffer)| {
            buffer.clear();
            source.chunk(first + count(nth), buffer);
        });
    };
    let (mut ready, mut spare) = (Vec::new(), Vec::new());
    generate(0, &mut ready);
    let mut next = batch;
    while !ready.is_empty() {
        let write = || ready.iter().try_for_each(|chunk| out.write_all(chunk));
        let (written, ()) = rayon::join(write, || generate(next, &mut spare));
        written?;
        std::mem::swap(&mut ready, &mut spare);
        next += batch;
    }
    Ok(())
}
