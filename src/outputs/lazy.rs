//! Lazily made chunks. Comes in: how a chunk is made. Goes out: chunks, on any thread. A report has a row for each partner, a table of
//! credits very many lines, and no writer needs all of them at once.

use std::fmt;
use std::io;

use rayon::prelude::*;

use super::columns::{CellValue, ValueOf};

/// Chunks that all threads make before one of them writes: few beside what they are made of.
const AT_ONCE: usize = 32;

/// Chunks, numbered from 0. None is stored: asked for twice, a chunk is made twice, and is the same.
pub struct LazyChunks<'m, T> {
    len: usize,
    make: Box<dyn Fn(usize) -> T + Send + Sync + 'm>,
}

impl<'m, T> LazyChunks<'m, T> {
    /// So many chunks, each made by `make` from its number.
    pub fn new(len: usize, make: impl Fn(usize) -> T + Send + Sync + 'm) -> LazyChunks<'m, T> {
        LazyChunks { len, make: Box::new(make) }
    }
}

impl<'m, T: Clone + Send + Sync + 'm> From<Vec<T>> for LazyChunks<'m, T> {
    fn from(chunks: Vec<T>) -> LazyChunks<'m, T> {
        LazyChunks::new(chunks.len(), move |nth| chunks[nth].clone())
    }
}

impl<T> fmt::Debug for LazyChunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} chunks", self.len)
    }
}

/// Takes a row of values; they live as long as the call.
pub type RowVisitor<'v> = dyn FnMut(&[CellValue<'_>]) + 'v;

/// Shows the rows of the chunk with a number to a visitor.
type VisitChunk<'t> = Box<dyn Fn(usize, &mut RowVisitor<'_>) + Send + Sync + 't>;

/// The rows of a table, in chunks. The values of a row borrow from its line, which lives as long as its chunk is visited: a
/// writer turns them into bytes at once.
pub struct LazyRows<'t> {
    chunks: usize,
    visit: VisitChunk<'t>,
}

impl<'t> LazyRows<'t> {
    /// A row for each line, with the value of each column.
    pub(super) fn new<L: 't>(values: Vec<ValueOf<'t, L>>, lines: LazyChunks<'t, Vec<L>>) -> LazyRows<'t> {
        let chunks = lines.len;
        let visit = move |nth: usize, visitor: &mut RowVisitor<'_>| {
            let lines = (lines.make)(nth);
            let mut row = Vec::with_capacity(values.len());
            for line in &lines {
                row.clear();
                row.extend(values.iter().map(|value| value(line)));
                visitor(&row);
            }
        };
        LazyRows { chunks, visit: Box::new(visit) }
    }

    /// Shows every row, in order.
    pub fn for_each(&self, visitor: &mut RowVisitor<'_>) {
        (0..self.chunks).for_each(|nth| (self.visit)(nth, visitor));
    }

    /// Shows the first rows, in order, and makes no chunk behind them.
    pub fn first(&self, most: usize, visitor: &mut RowVisitor<'_>) {
        let (mut nth, mut room) = (0, most);
        while nth < self.chunks && room > 0 {
            (self.visit)(nth, &mut |row| {
                if let Some(left) = room.checked_sub(1) {
                    room = left;
                    visitor(row);
                }
            });
            nth += 1;
        }
    }

    /// What `render` makes of each chunk goes to `each`, in order; all threads render some chunks before they are needed. `render`
    /// is given a function that shows every row of its chunk, in order.
    pub fn in_parallel<O: Send>(
        &self,
        render: impl Fn(&dyn Fn(&mut RowVisitor<'_>)) -> O + Sync,
        each: impl FnMut(O) -> io::Result<()>,
    ) -> io::Result<()> {
        in_parallel(self.chunks, |nth| render(&|visitor| (self.visit)(nth, visitor)), each)
    }
}

impl fmt::Debug for LazyRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} chunks of rows", self.chunks)
    }
}

fn in_parallel<O: Send>(
    len: usize,
    of: impl Fn(usize) -> O + Sync,
    mut each: impl FnMut(O) -> io::Result<()>,
) -> io::Result<()> {
    for first in (0..len).step_by(AT_ONCE) {
        let numbers = first..len.min(first + AT_ONCE);
        let chunks: Vec<O> = numbers.into_par_iter().map(&of).collect();
        chunks.into_iter().try_for_each(&mut each)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_that_all_threads_make_come_in_order_until_one_fails() {
        let len = 3 * AT_ONCE + 1;
        let mut visited = Vec::new();
        let mut visit = |chunk| {
            visited.push(chunk);
            Ok(())
        };
        in_parallel(len, |nth| 2 * nth, &mut visit).unwrap();
        assert_eq!(visited, (0..len).map(|nth| 2 * nth).collect::<Vec<_>>());
        let fails_at = |chunk| if chunk < AT_ONCE + 1 { Ok(()) } else { Err(io::Error::other("full")) };
        let mut visited = 0;
        let failed = in_parallel(len, |nth| nth, |chunk| fails_at(chunk).inspect(|()| visited += 1));
        assert_eq!((failed.unwrap_err().to_string().as_str(), visited), ("full", AT_ONCE + 1));
    }
}
