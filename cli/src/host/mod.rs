//! What the embedded engine offers to guests.
//!
//! [`GuestHost`] is the state of one guest. Its [`Host::FUNCTIONS`] are the table in [`kengine::cwa`]; the verifier's
//! set, the costs that `lower` writes into images and the prototypes that the checker compares with them are derived
//! from it.

mod cwa;
mod log;

pub(crate) use log::{JsonLog, Level, LogSink, TextLog, escape};

use kengine::{
    host::{Host, HostFn, Prototypes},
    image::valtype,
};
use verifier::{HostImport, HostSet};
use wasmparser::{RefType, ValType};

bitflags::bitflags! {
    /// What a program may be allowed to do. The bits stand in images and keep their meaning.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Capabilities: u64 {
        /// Writing log records.
        const LOG = kengine::cwa::CAP_LOG;
        /// Reading its arguments.
        const ARGS = kengine::cwa::CAP_ARGS;
        /// Waiting.
        const SLEEP = kengine::cwa::CAP_SLEEP;
    }
}

/// What a program may do unless the user says something else.
pub(crate) const DEFAULT_GRANT: Capabilities = Capabilities::LOG.union(Capabilities::ARGS).union(Capabilities::SLEEP);

impl Capabilities {
    /// Names of all capabilities, as users write them.
    pub(crate) fn names() -> impl Iterator<Item = String> {
        Capabilities::all().own_names()
    }

    /// Names of these capabilities.
    pub(crate) fn own_names(self) -> impl Iterator<Item = String> {
        self.iter_names().map(|(name, _)| name.to_lowercase())
    }
}

/// Why the host ended a guest; [`kengine::trap::TrapCode::Host`] alone does not say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Log text must be UTF-8.
    #[error("log_write: the text is not UTF-8 (byte {at} of {byte_len})")]
    LogText { at: usize, byte_len: usize },
    /// The log could not be written.
    #[error("the log cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

/// The host as one guest sees it.
pub(crate) struct GuestHost {
    /// Number of the program in log lines.
    pub(crate) id: u32,
    /// Arguments, the path of the program first.
    pub(crate) args: Vec<Vec<u8>>,
    /// Where log records go.
    pub(crate) log: Box<dyn LogSink>,
    /// What went wrong when a host function trapped.
    pub(crate) fault: Option<Fault>,
}

impl std::fmt::Debug for GuestHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestHost").field("id", &self.id).field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl Host for GuestHost {
    const FUNCTIONS: &'static [HostFn<Self>] = cwa::FUNCTIONS;
}

/// The host functions as the checker asks for them.
pub(crate) fn prototypes() -> Prototypes<GuestHost> {
    Prototypes::default()
}

/// The host functions as the verifier wants them.
pub(crate) fn set() -> HostSet {
    let types = |bytes: &[u8]| bytes.iter().filter_map(|byte| value_type(*byte)).collect();
    GuestHost::FUNCTIONS
        .iter()
        .map(|f| HostImport {
            module: f.module.to_owned(),
            name: f.name.to_owned(),
            params: types(f.params),
            results: types(f.results),
            capability: Capabilities::from_bits_retain(f.capabilities).own_names().collect::<Vec<_>>().join("+"),
            cost: f.cost,
            may_sleep: f.may_sleep,
            len_param: f.len_param.map(u32::from),
        })
        .collect()
}

/// Cost and capabilities of a host function, as `lower` asks for them.
pub(crate) fn cost(module: &str, name: &str) -> Option<(u32, u64)> {
    GuestHost::find(module.as_bytes(), name.as_bytes()).map(|(_, f)| (f.cost, f.capabilities))
}

fn value_type(byte: u8) -> Option<ValType> {
    Some(match byte {
        valtype::I32 => ValType::I32,
        valtype::I64 => ValType::I64,
        valtype::F32 => ValType::F32,
        valtype::F64 => ValType::F64,
        valtype::FUNCREF => ValType::Ref(RefType::FUNCREF),
        valtype::EXTERNREF => ValType::Ref(RefType::EXTERNREF),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        for (index, f) in GuestHost::FUNCTIONS.iter().enumerate() {
            assert!(f.params.iter().chain(f.results).all(|ty| value_type(*ty).is_some()), "{}", f.name);
            assert_eq!(GuestHost::find(f.module.as_bytes(), f.name.as_bytes()).map(|(at, _)| at), Some(index));
            assert!(Capabilities::from_bits(f.capabilities).is_some(), "{}", f.name);
            // The verifier knows one capability per function.
            assert!(f.capabilities.count_ones() <= 1, "{}", f.name);
            assert!(f.len_param.is_none_or(|at| f.params.get(usize::from(at)) == Some(&valtype::I32)), "{}", f.name);
            assert!(f.cost > 0 && f.cost <= kengine::check::MAX_HOST_COST, "{}", f.name);
        }
    }

    #[test]
    fn the_verifier_sees_the_same_functions() {
        let set = set();
        assert_eq!(set.iter().count(), GuestHost::FUNCTIONS.len());
        let log = set.get("cwa", "log_write").unwrap();
        assert_eq!((log.capability.as_str(), log.params.len()), ("log", 3));
        assert_eq!(cost("cwa", "log_write"), Some((log.cost, Capabilities::LOG.bits())));
        assert_eq!(cost("cwa", "log_wriet"), None);
    }
}
