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
