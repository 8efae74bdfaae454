//! Depth certificates: which calls need no run-time stack test, and how deep each function goes.
//!
//! A call inside a cycle of the call graph is checked at run time, and so is a call through a table if
//! one is imported (others fill it); every other call is certified, unless the chain below it is so long
//! that the stack of every run would have to be sized for it.

use crate::{
    module::Module,
    place::{Callee, Placed},
};
use kengine::{
    image::{FUNC_REF, Func, SectionKind, SigDepth},
    op::Op,
};
use petgraph::{algo::kosaraju_scc, graph::DiGraph};

/// Slots that a certified chain may need; past it a call is checked instead.
const DEPTH_CAP: u32 = 1 << 16;

/// Writes FUNC and SIGDEPTH, and sets the stack claim. Gives the words of CODE where calls are to be certified, for
/// [`mark`].
pub(crate) fn certify(module: &mut Module, placed: &[Placed]) -> Vec<u32> {
    let sig_count = module.image.section(SectionKind::Sig).len() / SectionKind::Sig.record_len();
    let defined = placed.len();
    let sig_of = |module: &Module, func: usize| {
        let ty = module.funcs.get(module.imported_funcs as usize + func).copied().unwrap_or(0);
        module.sig_of_type(ty) as usize
    };
    // Nodes: functions defined here, then signatures, which lead to every referenced function.
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<_> = (0..defined + sig_count).map(|_| graph.add_node(())).collect();
    let node_of = |callee: Callee| match callee {
        Callee::Func(func) => func as usize,
        Callee::Sig(sig) => defined + sig as usize,
    };
    // One edge per pair: the last caller that each node was given an edge from. (`update_edge` would look
    // through all edges of the caller, and a signature may lead to every function.)
    let mut seen = vec![usize::MAX; nodes.len()];
    for (func, placed) in placed.iter().enumerate() {
        for call in &placed.calls {
            let callee = node_of(call.callee);
            if std::mem::replace(&mut seen[callee], func) != func {
                graph.add_edge(nodes[func], nodes[callee], ());
            }
        }
        if module.referenced[module.imported_funcs as usize + func] {
            graph.add_edge(nodes[defined + sig_of(module, func)], nodes[func], ());
        }
    }
    // Callees come before their callers.
    let order = kosaraju_scc(&graph);
    let mut component = vec![0; nodes.len()];
    for (i, members) in order.iter().enumerate() {
        for node in members {
            component[node.index()] = i;
        }
    }
    let mut depth = vec![0u32; nodes.len()];
    let mut certified: Vec<u32> = Vec::new();
    for members in &order {
        for node in members.iter().map(|n| n.index()).filter(|n| *n < defined) {
            let own = placed[node].frame + 2;
            let mut most = own;
            for call in &placed[node].calls {
                let callee = node_of(call.callee);
                if matches!(call.callee, Callee::Sig(_)) && module.imported_tables > 0 {
                    continue;
                }
                let chain = call.base + 2 + depth[callee];
                if component[callee] != component[node] && chain.max(own) <= DEPTH_CAP.max(own) {
                    most = most.max(chain);
                    certified.push(call.word);
                }
            }
            depth[node] = most;
        }
        for node in members.iter().map(|n| n.index()).filter(|n| *n >= defined) {
            let callees = graph.neighbors(nodes[node]).map(|f| depth[f.index()]);
            depth[node] = callees.max().unwrap_or(0);
        }
    }
    for sig in 0..sig_count {
        let record = SigDepth { depth: depth[defined + sig] };
        module.image.push(SectionKind::SigDepth, record.to_bytes());
    }
    let mut claim = 0;
    for (func, placed) in placed.iter().enumerate() {
        let referenced = module.referenced[module.imported_funcs as usize + func];
        let index = module.imported_funcs + func as u32;
        if referenced || module.start == Some(index) {
            claim = claim.max(depth[func]);
        }
        let record = Func {
            code: placed.code,
            code_len: placed.code_len,
            leader: placed.leader,
            leader_len: placed.leader_len,
            sig: sig_of(module, func) as u32,
            depth: depth[func],
            frame: placed.frame as u16,   // CAST: at most MAX_FRAME
            credit: placed.credit as u16, // CAST: at most POLL_MAX
            flags: if referenced { FUNC_REF } else { 0 },
            reserved: 0,
        };
        module.image.push(SectionKind::Func, record.to_bytes());
    }
    module.image.header.stack_claim = claim.into();
    certified
}

/// Turns checked calls at these words of CODE into certified ones.
pub(crate) fn mark(code: &mut [u8], certified: &[u32]) {
    for word in certified {
        let at = *word as usize * 8;
        let certified = match Op::from_u16(u16::from_le_bytes([code[at], code[at + 1]])) {
            Some(Op::Callx) => Op::Call,
            Some(Op::CallxIndirect) => Op::CallIndirect,
            _ => continue,
        };
        code[at..at + 2].copy_from_slice(&(certified as u16).to_le_bytes());
    }
}
