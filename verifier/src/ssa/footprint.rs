//! What a function writes through the pointers that it is given: a summary of each function for its callers, which
//! are looked at later.
//!
//! `next(&state)` writes the four bytes of `state` and no others, so that the variables beside it stay what they were.
//! A parameter has a footprint if it is only used to load, to store at constant distances, to compare, and as argument
//! of functions that have one themselves. All else lets it escape: who knows it then may write anywhere, later too.

use super::{Event, Node, Ssa, ValueId};
use crate::domain::{Binary, signed};

/// By parameter: the bytes that may be written, from and to, counted from where it points; `None` if that is not known.
#[derive(Clone, Debug)]
pub(crate) struct Footprint(Vec<Option<(i64, i64)>>);

impl Footprint {
    /// The bytes written through a parameter.
    pub(crate) fn written(&self, param: usize) -> Option<(i64, i64)> {
        self.0.get(param).copied().flatten()
    }

    /// That of a body with so many parameters; `callee` gives those of the functions that it calls.
    pub(crate) fn new<'f>(ssa: &Ssa, params: usize, callee: &dyn Fn(u32) -> Option<&'f Footprint>) -> Footprint {
        let mut own = Footprint(vec![Some((0, 0)); params]);
        let places: Vec<Option<(u32, i64)>> = places(ssa);
        let place = |id: ValueId| places[id as usize];
        for id in 0..ssa.nodes.len() as u32 {
            let is_place = place(id).is_some();
            if ssa.find(id) == id && !is_place && !matches!(ssa.node(id), Node::Load { .. } | Node::Compare(..)) {
                ssa.operands(id, |v| own.escape(place(v)));
            }
        }
        for event in ssa.events.iter() {
            if let Event::Store { addr, offset, bytes, value } = *event {
                own.escape(place(value));
                if let Some((param, at)) = place(addr) {
                    let from = at + i64::from(offset);
                    own.write(param, (from, from + i64::from(bytes)));
                }
            }
        }
        for call in &ssa.calls {
            let known = callee(call.callee);
            for (index, arg) in call.args.iter().enumerate() {
                let Some((param, at)) = place(*arg) else { continue };
                match known.and_then(|known| known.written(index)) {
                    Some((from, to)) if from < to => own.write(param, (at + from, at + to)),
                    Some(_) => {}
                    None => own.escape(Some((param, at))),
                }
            }
        }
        ssa.leaves.iter().chain(&ssa.stack_pointers).for_each(|v| own.escape(place(*v)));
        own
    }

    fn escape(&mut self, place: Option<(u32, i64)>) {
        if let Some((param, _)) = place
            && let Some(bytes) = self.0.get_mut(param as usize)
        {
            *bytes = None;
        }
    }

    fn write(&mut self, param: u32, (from, to): (i64, i64)) {
        /// What is farther away may be at the other end of memory.
        const FAR: i64 = 1 << 30;
        let Some(Some(bytes)) = self.0.get_mut(param as usize) else { return };
        if from < -FAR || to > FAR {
            self.0[param as usize] = None;
        } else if bytes.0 == bytes.1 {
            *bytes = (from, to);
        } else {
            *bytes = (bytes.0.min(from), bytes.1.max(to));
        }
    }
}

/// The parameter that a value is, and the constant that is added to it.
fn places(ssa: &Ssa) -> Vec<Option<(u32, i64)>> {
    let mut places: Vec<Option<(u32, i64)>> = vec![None; ssa.nodes.len()];
    for id in 0..ssa.nodes.len() {
        places[id] = match ssa.node(id as u32) {
            Node::Param(index) if ssa.width[id] == 32 => Some((index, 0)),
            Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => match (places[a as usize], ssa.constant(b)) {
                (Some((param, at)), Some(c)) => {
                    let by = signed(c, 32);
                    Some((param, if op == Binary::Add { at.wrapping_add(by) } else { at.wrapping_sub(by) }))
                }
                _ => None,
            },
            _ => None,
        };
    }
    places
}
