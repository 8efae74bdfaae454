//! The shape of control-flow graphs: blocks, edges and loops of small functions.

mod common;

use common::{host, module, policy};
use verifier::cfg::EdgeKind;
use verifier::{function_cfg, verify};

/// Blocks as operator counts and edges as `from>to`, with `~` for a back edge, in module order.
fn shape(body: &str) -> (Vec<u32>, Vec<String>) {
    let wasm = module(&format!("(module (func $f (param i32) {body}))"));
    let cfg = function_cfg(&wasm, 0).expect("a graph");
    let blocks = cfg.blocks();
    let place = |block| blocks.iter().position(|b| *b == block).expect("a block");
    let sizes = blocks.iter().map(|block| cfg.graph[*block].operators).collect();
    let edges = cfg
        .edges()
        .into_iter()
        .map(|(from, to, kind, back)| {
            let kind = match kind {
                EdgeKind::Fall => "",
                EdgeKind::Jump => "j",
                EdgeKind::True => "t",
                EdgeKind::False => "f",
                EdgeKind::Table(_) => "b",
            };
            format!("{}{}{}{kind}", place(from), if back { "~" } else { ">" }, place(to))
        })
        .collect();
    (sizes, edges)
}

fn check(body: &str, sizes: &[u32], edges: &[&str]) {
    let (found_sizes, found_edges) = shape(body);
    assert_eq!(found_sizes, sizes, "{body}");
    assert_eq!(found_edges, edges, "{body}");
}

#[test]
fn straight_line() {
    check("nop nop", &[3], &[]);
    check("block nop end", &[4], &[]);
}

#[test]
fn if_and_else() {
    check("local.get 0 if nop end", &[2, 1, 2], &["0>1t", "0>2f", "1>2"]);
    check("local.get 0 if nop else nop nop end", &[2, 2, 2, 2], &["0>1t", "0>2f", "1>3j", "2>3"]);
    // Both arms leave: nothing after them can be reached.
    check("local.get 0 if return else unreachable end nop nop", &[2, 1, 1, 1], &["0>1t", "0>2f", "1>3j"]);
    // An arm with nothing in it.
    check("local.get 0 if end", &[2, 0, 2], &["0>1t", "0>2f", "1>2"]);
}

#[test]
fn branches() {
    check("block local.get 0 br_if 0 nop end", &[3, 1, 2], &["0>2t", "0>1f", "1>2"]);
    check("block br 0 nop end", &[2, 2], &["0>1j"]);
    check("return nop", &[1, 1], &["0>1j"]);
    check("unreachable nop", &[1], &[]);
    check("block block local.get 0 br_table 0 1 0 1 end nop end", &[4, 2, 2], &["0>1b", "0>2b", "1>2"]);
}

#[test]
fn loops() {
    check("loop nop end", &[0, 4], &["0>1"]);
    check("loop local.get 0 br_if 0 end", &[0, 3, 2], &["0>1", "1~1t", "1>2f"]);
    check("loop br 0 end nop", &[0, 2], &["0>1", "1~1j"]);
    check(
        "loop loop local.get 0 br_if 0 local.get 0 br_if 1 end end",
        &[0, 1, 3, 2, 3],
        &["0>1", "1>2", "2~2t", "2>3f", "3~1t", "3>4f"],
    );
}

#[test]
fn unreachable_code_has_no_blocks() {
    check("return loop local.get 0 br_if 0 end block br 0 end local.get 0 if nop else nop end", &[1, 1], &["0>1j"]);
    let wasm = module("(module (func $f unreachable call $g) (func $g unreachable call $f))");
    let report = verify(&wasm, &host(), &policy());
    assert!(report.functions.iter().all(|f| !f.recursive && f.calls.is_empty()));
}

#[test]
fn nesting_and_stack() {
    let wasm = module(
        "(module (func $f (param i32) (local i64 f64)
           loop loop local.get 0 br_if 0 local.get 0 br_if 1 end end
           loop local.get 0 br_if 0 end
           i32.const 1 i32.const 2 i32.const 3 i32.add i32.add drop
           return i32.const 1 i32.const 2 i32.const 3 i32.const 4 drop drop drop drop))",
    );
    let report = verify(&wasm, &host(), &policy());
    let function = &report.functions[0];
    let loops: Vec<_> = function.loops.iter().map(|l| (l.depth, l.blocks)).collect();
    assert_eq!(loops, [(1, 3), (2, 1), (1, 1)]);
    for l in &function.loops {
        assert_eq!(wasm[l.offset as usize], 0x03, "the offset is that of a `loop`");
    }
    // Three locals and three operands; code that cannot be reached does not count.
    assert_eq!(function.max_stack, 6);
}

#[test]
fn indirect_calls_by_signature() {
    let wasm = module(
        "(module
           (type $unary (func (param i32) (result i32)))
           (table 4 funcref)
           (elem (i32.const 0) $a $b)
           (elem declare func $c)
           (func $a (type $unary) (local.get 0))
           (func $b (param i64))
           (func $c (type $unary) (local.get 0))
           (func $d (type $unary) (local.get 0))
           (func $take (result funcref) (ref.func $c))
           (func $f (result i32) (call_indirect (type $unary) (i32.const 1) (i32.const 0)))
           (func $g (call_indirect (param f32) (f32.const 1) (i32.const 0))))",
    );
    let report = verify(&wasm, &host(), &policy());
    let by_name = |name: &str| {
        let found = report.functions.iter().find(|f| f.name.as_deref() == Some(name));
        &found.expect("the function").indirect_calls[0]
    };
    // `a` is in the table and the reference of `c` is taken; nobody has a reference of `d`.
    assert_eq!((by_name("f").targets, by_name("f").signature.as_str()), (2, "(i32) -> i32"));
    assert_eq!(by_name("g").targets, 0);
    assert!(report.functions.iter().all(|f| !f.recursive));
}

#[test]
fn large_graphs_are_drawn_too() {
    let wasm =
        module(&format!("(module (func {}))", "i32.const 1 if nop end loop i32.const 0 br_if 0 end ".repeat(200)));
    let svg = function_cfg(&wasm, 0).expect("a graph").to_svg();
    assert!(svg.contains("</svg>") && svg.len() > 10_000);
    assert!(!svg.contains("NaN"));
}
