//! Variables in the shadow stack, as compilers keep them without optimisation: what may write to one beside another
//! whose address is passed on.

use verifier::{Assumption, HostSet, Policy, verify};

/// The bound of a loop up to `$n`, which stands in the frame at 12 behind another variable at 8, whose address each
/// round passes to `take`.
fn bound(take: &str, pass: &str) -> Option<u64> {
    let text = format!(
        "(module
            (memory 1)
            (table 1 funcref)
            (elem (i32.const 0) $take)
            (global $__stack_pointer (mut i32) (i32.const 65536))
            (global $kept (mut i32) (i32.const 0))
            (func $take (param $p i32) (result i32) (local $fp i32) {take})
            (func (export \"f\") (param $n i32) (local $fp i32) (local $i i32)
                (local.set $fp (i32.sub (global.get $__stack_pointer) (i32.const 16)))
                (global.set $__stack_pointer (local.get $fp))
                (i32.store offset=12 (local.get $fp) (local.get $n))
                (i32.store offset=8 (local.get $fp) (i32.const 1))
                (block $end (loop $next
                    (br_if $end (i32.ge_u (local.get $i) (i32.load offset=12 (local.get $fp))))
                    {pass}
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br $next)))
                (global.set $__stack_pointer (i32.add (local.get $fp) (i32.const 16)))))"
    );
    let wasm = wat::parse_str(text).expect("the module is well formed");
    let first = Assumption { function: Some("f".into()), param: "n".into(), min: 0, max: 200 };
    let report = verify(&wasm, &HostSet::default(), &Policy { assumptions: vec![first], ..Policy::default() });
    assert!(report.accepted(), "{}", report.to_text(false));
    report.functions.iter().find(|f| f.name.as_deref() == Some("f")).expect("it is exported").loops[0].bound
}

const ADDRESS: &str = "(i32.add (local.get $fp) (i32.const 8))";

fn passed(take: &str) -> Option<u64> {
    bound(take, &format!("(drop (call $take {ADDRESS}))"))
}

#[test]
fn what_a_function_writes_through_a_pointer() {
    let counts = "(i32.store (local.get $p) (i32.add (i32.load (local.get $p)) (i32.const 1)))";
    assert_eq!(passed(&format!("{counts} (i32.load (local.get $p))")), Some(200));
    // In a slot of its own, as without optimisation.
    let own = "(local.set $fp (i32.sub (global.get $__stack_pointer) (i32.const 16)))
        (i32.store offset=12 (local.get $fp) (local.get $p))
        (i32.store (i32.load offset=12 (local.get $fp)) (i32.const 7))
        (i32.const 0)";
    assert_eq!(passed(own), Some(200));
    // Before it, and not over the bound.
    assert_eq!(passed("(i32.store (i32.sub (local.get $p) (i32.const 4)) (i32.const 7)) (i32.const 0)"), Some(200));
    assert_eq!(passed("(i32.load offset=4 (local.get $p))"), Some(200));
}

#[test]
fn what_a_function_writes_beside_a_pointer() {
    // Over the bound, in part.
    assert_eq!(passed("(i64.store (local.get $p) (i64.const -1)) (i32.const 0)"), None);
    assert_eq!(passed("(i32.store offset=3 (local.get $p) (i32.const -1)) (i32.const 0)"), None);
    assert_eq!(passed("(i32.store (i32.add (local.get $p) (i32.const 4)) (i32.const -1)) (i32.const 0)"), None);
    // Anywhere behind it.
    let indexed = "(i32.store (i32.add (local.get $p) (i32.load (local.get $p))) (i32.const -1)) (i32.const 0)";
    assert_eq!(passed(indexed), None);
    // It goes on to where nothing is known of it.
    assert_eq!(passed("(global.set $kept (local.get $p)) (i32.const 0)"), None);
    assert_eq!(passed("(i32.store (i32.const 0) (local.get $p)) (i32.const 0)"), None);
    assert_eq!(passed("(local.get $p)"), None);
    assert_eq!(passed("(return (i32.add (local.get $p) (i32.const 1)))"), None);
    assert_eq!(passed("(memory.fill (local.get $p) (i32.const 255) (i32.const 8)) (i32.const 0)"), None);
    assert_eq!(passed("(global.set $__stack_pointer (local.get $p)) (i32.const 0)"), None);
    // It calls itself.
    assert_eq!(passed("(drop (call $take (i32.add (local.get $p) (i32.const 4)))) (i32.const 0)"), None);
}

#[test]
fn addresses_that_leave_otherwise() {
    let fills = format!("(memory.fill {ADDRESS} (i32.const 255) (i32.const 8))");
    assert_eq!(bound("(i32.const 0)", &fills), None);
    let copies = format!("(memory.copy {ADDRESS} (i32.const 0) (i32.const 8))");
    assert_eq!(bound("(i32.const 0)", &copies), None);
    // Of one that stays in its place nothing is known when it is called through the table.
    let indirect = format!("(drop (call_indirect (param i32) (result i32) {ADDRESS} (i32.const 0)))");
    assert_eq!(bound("(i32.const 0)", &indirect), None);
    assert_eq!(bound("(i32.const 0)", &format!("(global.set $kept {ADDRESS})")), None);
}

/// The bound of a loop of unoptimised code whose counter and end stand in the frame of 64 bytes: the parameters `$n` at
/// 60 and `$at` at 56, an array from 16 to 56, the counter at 12. Each round runs `body`; the loop ends at what `end`
/// gives.
fn unoptimised(spill: &str, body: &str, end: &str) -> Option<(u64, bool)> {
    let text = format!(
        "(module
            (memory 1)
            (global $__stack_pointer (mut i32) (i32.const 65536))
            (func (export \"f\") (param $n i32) (param $at i32) (local $fp i32) (local $k i32)
                (local.set $fp (i32.sub (global.get $__stack_pointer) (i32.const 64)))
                (global.set $__stack_pointer (local.get $fp))
                {spill}
                (i32.store offset=12 (local.get $fp) (i32.const 0))
                (block $end (loop $next
                    (br_if $end (i32.ge_u (i32.load offset=12 (local.get $fp)) {end}))
                    {body}
                    (i32.store offset=12 (local.get $fp)
                        (i32.add (i32.load offset=12 (local.get $fp)) (i32.const 1)))
                    (br $next)))
                (global.set $__stack_pointer (i32.add (local.get $fp) (i32.const 64)))))"
    );
    let wasm = wat::parse_str(text).expect("the module is well formed");
    let first = Assumption { function: Some("f".into()), param: "n".into(), min: 0, max: 200 };
    let report = verify(&wasm, &HostSet::default(), &Policy { assumptions: vec![first], ..Policy::default() });
    assert!(report.accepted(), "{}", report.to_text(false));
    let of = &report.functions[0].loops[0];
    of.bound.map(|bound| (bound, of.assumes_no_wild_writes))
}

const SPILL: &str = "(i32.store offset=60 (local.get $fp) (local.get $n))
    (i32.store offset=56 (local.get $fp) (local.get $at))";
const END: &str = "(i32.load offset=60 (local.get $fp))";

/// A store of -1 with what is in the parameter `$at` as index.
fn store_at(base: u32) -> String {
    format!(
        "(i32.store (i32.add (i32.add (local.get $fp) (i32.const {base}))
            (i32.shl (i32.load offset=56 (local.get $fp)) (i32.const 2))) (i32.const -1))"
    )
}

#[test]
fn an_index_of_which_nothing_is_known_stays_in_its_array() {
    assert_eq!(unoptimised(SPILL, &store_at(16), END), Some((200, true)));
    // The variable below the array, and the parameter above it.
    assert_eq!(unoptimised(SPILL, &store_at(16), "(i32.const 70)"), Some((70, true)));
}

#[test]
fn what_may_be_of_the_array_is_not_a_variable() {
    // What begins where the array does, and what lies above it.
    let inside = |at: u32| {
        let spill = format!("{SPILL} (i32.store offset={at} (local.get $fp) (i32.const 9))");
        unoptimised(&spill, &store_at(16), &format!("(i32.load offset={at} (local.get $fp))"))
    };
    assert_eq!(inside(16), None);
    assert_eq!(inside(20), None);
    assert_eq!(inside(52), None);
    assert_eq!(inside(8), Some((9, true)));
    // The counter, by an array that begins with it.
    assert_eq!(unoptimised(SPILL, &store_at(12), END), None);
    assert_eq!(unoptimised(SPILL, &store_at(8), END), None);
    // From its end downward.
    let down = "(i32.store (i32.add (i32.add (local.get $fp) (i32.const 56))
        (i32.sub (i32.const 0) (i32.shl (i32.load offset=56 (local.get $fp)) (i32.const 2)))) (i32.const -1))";
    assert_eq!(unoptimised(SPILL, down, END), None);
}

#[test]
fn optimised_code_may_fold_what_an_index_is_added_to() {
    // The parameters are where an array may be: the first is not the highest, one is used otherwise, stored twice.
    let other =
        "(i32.store offset=56 (local.get $fp) (local.get $n)) (i32.store offset=60 (local.get $fp) (local.get $at))";
    let body = store_at(16).replace("offset=56", "offset=60");
    assert_eq!(unoptimised(other, &body, "(i32.load offset=56 (local.get $fp))"), None);
    let body = store_at(16).replace("(i32.load offset=56 (local.get $fp))", "(local.get $at)");
    assert_eq!(unoptimised(SPILL, &body, END), None);
    let twice = format!("{SPILL} (i32.store offset=4 (local.get $fp) (local.get $at))");
    assert_eq!(unoptimised(&twice, &store_at(16), END), None);
    // A loop keeps a value outside of memory.
    let body = format!("{} (local.set $k (i32.add (local.get $k) (i32.const 1)))", store_at(16));
    assert_eq!(unoptimised(SPILL, &body, END), None);
}
