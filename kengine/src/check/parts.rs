//! The check in parts, which several threads may take: for user space.
//!
//! Each part is a run of functions, checked by the same code as in one go. What functions share beyond the tables is
//! where their branch tables stand, and whether any computes with floats: a part takes the place that its first branch
//! table names for granted, and [`Parts::join`] compares it with where the part before ends. So an image passes in parts
//! exactly if it does in one go. Of an image that does not, [`super::check`] says what is wrong first.

use super::{At, Check, CheckError, Checked, Host, Limits, Refused, Seen, Sink, Tables, tables};
use crate::image::Image;
use alloc::vec::Vec;
use core::{cell::Cell, ops::Range};

/// An image whose tables are checked, and how its functions are shared out.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    tables: Tables<'a>,
    limits: Limits,
    ranges: Vec<Range<u32>>,
}

/// What the check of one part has found out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed(Seen);

impl<'a> Parts<'a> {
    /// Checks the tables, and shares the functions out in up to so many parts of about as many words.
    ///
    /// # Errors
    /// [`CheckError`]: the first rule broken.
    pub(crate) fn new(bytes: &'a [u8], host: &dyn Host, limits: &Limits, parts: u32) -> Result<Parts<'a>, CheckError> {
        let fault = Cell::new(CheckError::out_of_memory());
        let tables = tables(At::nowhere(&fault), bytes, host, limits, &mut ()).map_err(|Refused| fault.get())?;
        let enough = tables.image.code().len().checked_div(parts).unwrap_or(u32::MAX);
        let (mut ranges, mut first, mut words) = (Vec::new(), 0, 0u32);
        for (end, func) in (1..).zip(tables.funcs.iter()) {
            words = words.saturating_add(func.code_len);
            if words > enough || end == tables.funcs.len() {
                ranges.push(first..end);
                (first, words) = (end, 0);
            }
        }
        Ok(Parts { tables, limits: *limits, ranges })
    }

    /// The image.
    pub(crate) fn image(&self) -> &Image<'a> {
        &self.tables.image
    }

    /// The functions of each part, counted among those that the image defines; together they are all, in order.
    pub(crate) fn ranges(&self) -> &[Range<u32>] {
        &self.ranges
    }

    /// Checks a part and shows its ops to `sink`, but for [`Sink::begin`].
    ///
    /// # Errors
    /// [`CheckError`]: the first rule broken in it, which need not be the first of the image.
    pub(crate) fn check<S: Sink>(&self, funcs: Range<u32>, sink: &mut S) -> Result<Passed, CheckError> {
        let fault = Cell::new(CheckError::out_of_memory());
        let first_arm = (funcs.start == 0).then_some(0);
        let mut check = Check::new(&self.tables, At::nowhere(&fault), &self.limits, sink, first_arm);
        check.code(funcs).map(Passed).map_err(|Refused| fault.get())
    }

    /// The proof, from those of all parts, in order.
    ///
    /// # Errors
    /// [`CheckError`]: they do not agree.
    pub(crate) fn join(&self, parts: impl IntoIterator<Item = Passed>) -> Result<Checked<'a>, CheckError> {
        let fault = Cell::new(CheckError::out_of_memory());
        let none = Seen { arms: Some((0, 0)), floats: false };
        let all = parts.into_iter().try_fold(none, |all, Passed(part)| all.then(part));
        let whole = all.ok_or(Refused).and_then(|all| self.tables.whole(At::nowhere(&fault), all));
        whole.map_err(|Refused| fault.get())?;
        Ok(Checked { image: self.tables.image, frame: self.tables.frame })
    }
}
