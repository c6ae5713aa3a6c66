//! The rows of a table, each made when somebody looks at it. Comes in: how a row is made. Goes out: rows, on any thread.
//! A report has a row for each partner, and no format needs all of them at once.

use std::fmt;

use super::Value;

/// The rows of a table. None is kept: asked twice, a row is made twice, and is the same.
pub struct Rows<'t> {
    len: usize,
    make: Box<dyn Fn(usize) -> Vec<Value<'t>> + Send + Sync + 't>,
}

impl<'t> Rows<'t> {
    /// So many rows, of which `make` makes each by its number, which counts from 0.
    pub fn new(len: usize, make: impl Fn(usize) -> Vec<Value<'t>> + Send + Sync + 't) -> Rows<'t> {
        Rows { len, make: Box::new(make) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row of this number, if there are so many.
    pub fn get(&self, nth: usize) -> Option<Vec<Value<'t>>> {
        (nth < self.len).then(|| (self.make)(nth))
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Vec<Value<'t>>> {
        (0..self.len).map(&self.make)
    }
}

impl<'t> From<Vec<Vec<Value<'t>>>> for Rows<'t> {
    fn from(rows: Vec<Vec<Value<'t>>>) -> Rows<'t> {
        Rows::new(rows.len(), move |nth| rows[nth].clone())
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
