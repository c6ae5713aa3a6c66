//! What is made when somebody looks at it. Comes in: how a piece is made. Goes out: pieces, on any thread. A report has a row for
//! each partner, a table of credits very many lines, and nobody needs all of them at once.

use std::fmt;
use std::io;

use rayon::prelude::*;

use super::Value;

/// Pieces, numbered from 0. None is kept: asked for twice, a piece is made twice, and is the same.
pub struct Made<'m, T> {
    len: usize,
    make: Box<dyn Fn(usize) -> T + Send + Sync + 'm>,
}

/// Pieces that all threads make before one of them writes: few beside what they are made of.
const AT_ONCE: usize = 32;

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

    /// What `of` makes of each piece goes to `each`, in order; all threads make some pieces ahead.
    pub(super) fn in_parallel<O: Send>(
        &self,
        of: impl Fn(T) -> O + Sync,
        mut each: impl FnMut(O) -> io::Result<()>,
    ) -> io::Result<()> {
        for first in (0..self.len).step_by(AT_ONCE) {
            let numbers = first..self.len.min(first + AT_ONCE);
            let made: Vec<O> = numbers.into_par_iter().map(|nth| of((self.make)(nth))).collect();
            made.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_by_all_threads_comes_in_order_until_somebody_fails() {
        let made = Made::new(3 * AT_ONCE + 1, |nth| nth);
        let mut seen = Vec::new();
        let mut see = |piece| {
            seen.push(piece);
            Ok(())
        };
        made.in_parallel(|piece| 2 * piece, &mut see).unwrap();
        assert_eq!(seen, (0..made.len()).map(|nth| 2 * nth).collect::<Vec<_>>());
        let fails_at = |piece| if piece < AT_ONCE + 1 { Ok(()) } else { Err(io::Error::other("full")) };
        let mut seen = 0;
        let failed = made.in_parallel(|piece| piece, |piece| fails_at(piece).inspect(|()| seen += 1));
        assert_eq!((failed.unwrap_err().to_string().as_str(), seen), ("full", AT_ONCE + 1));
    }
}
