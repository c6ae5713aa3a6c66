//! What is made when somebody looks at it. Comes in: how a piece is made. Goes out: pieces, on any thread. A report has a row for
//! each partner, a table of credits very many lines, and nobody needs all of them at once.

use std::fmt;

use super::Value;

/// Pieces, numbered from 0. None is kept: asked for twice, a piece is made twice, and is the same.
pub struct Made<'m, T> {
    len: usize,
    make: Box<dyn Fn(usize) -> T + Send + Sync + 'm>,
}

/// The rows of a table.
pub type Rows<'t> = Made<'t, Vec<Value<'t>>>;

impl<'m, T> Made<'m, T> {
    /// So many pieces, of which `make` makes each by its number.
    pub fn new(len: usize, make: impl Fn(usize) -> T + Send + Sync + 'm) -> Made<'m, T> {
        Made { len, make: Box::new(make) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The piece of this number, if there are so many.
    pub fn get(&self, nth: usize) -> Option<T> {
        (nth < self.len).then(|| (self.make)(nth))
    }

    /// All pieces, in order.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        (0..self.len).map(&self.make)
    }
}

impl<'m, T: Clone + Send + Sync + 'm> From<Vec<T>> for Made<'m, T> {
    fn from(pieces: Vec<T>) -> Made<'m, T> {
        Made::new(pieces.len(), move |nth| pieces[nth].clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Made<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
