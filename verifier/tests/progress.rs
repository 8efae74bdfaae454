//! Rules for loops that make progress out of sight of their exit test: in states, in inner loops, in other functions.
//! Each where it holds, and where one thing less is known, so that the loop may go round nearly for ever.

use verifier::{Assumption, HostSet, Policy, verify};

/// The bounds of the loops of a function `f` with locals `$i $j $k $s` behind two parameters, of which the first is in
/// a range and the second may be anything. `others` are the functions that it calls.
fn bounds_with(others: &str, most: i64, body: &str) -> Vec<Option<u64>> {
    let text = format!(
        "(module (memory 1) {others}
            (func (export \"f\") (param $n i32) (param $m i32) (local $i i32) (local $j i32) (local $k i32) (local $s i32)
                {body}))"
    );
    let wasm = wat::parse_str(text).expect("the module is well formed");
    let first = Assumption { function: Some("f".into()), param: "n".into(), min: 0, max: most };
    let report = verify(&wasm, &HostSet::default(), &Policy { assumptions: vec![first], ..Policy::default() });
    assert!(report.accepted(), "{}", report.to_text(false));
    let own = report.functions.iter().find(|f| f.name.as_deref() == Some("f")).expect("it is exported");
    own.loops.iter().map(|of| of.bound).collect()
}

fn bounds(body: &str) -> Vec<Option<u64>> {
    bounds_with("", 100, body)
}

/// Four states, of which the last counts; `third` is what the third does.
fn states(third: &str) -> Option<u64> {
    bounds(&format!(
        "(local.set $s (i32.and (local.get $m) (i32.const 3)))
        (block $out (loop $next
            (block $d (block $c (block $b (block $a
                (br_table $a $b $c $d (local.get $s)))
                (local.set $s (i32.const 1)) (br $next))
                (local.set $s (i32.const 2)) (br $next))
                {third} (br $next))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
            (local.set $s (i32.const 0))
            (br $next)))"
    ))[0]
}

#[test]
fn states_that_only_go_on() {
    assert_eq!(states("(local.set $s (i32.const 3))"), Some(399));
    // One that stays, one that goes back.
    assert_eq!(states("(nop)"), None);
    assert_eq!(states("(local.set $s (i32.const 1))"), None);
    assert_eq!(states("(local.set $s (i32.load (i32.const 0)))"), None);
    // The count is undone.
    assert_eq!(states("(local.set $s (i32.const 3)) (local.set $i (i32.const 0))"), None);
}

/// A loop up to what a function returns, which is `result`.
fn up_to(result: &str) -> Option<u64> {
    let length = format!(
        "(func $length (param $n i32) (result i32) (local $i i32)
            (loop $next
                (i32.store8 (local.get $i) (i32.const 0))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            {result})"
    );
    let body = "(local.set $k (call $length (local.get $n)))
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get $k)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))";
    bounds_with(&length, 100, body)[0]
}

#[test]
fn what_a_call_returns() {
    assert_eq!(up_to("(i32.shr_u (i32.add (local.get $n) (i32.const 20)) (i32.const 2))"), Some(30));
    assert_eq!(
        up_to("(if (i32.gt_u (local.get $n) (i32.const 50)) (then (return (i32.const 7)))) (local.get $n)"),
        Some(50)
    );
    // One of its ways out says nothing.
    let load = "(if (i32.gt_u (local.get $n) (i32.const 50)) (then (return (i32.load (i32.const 0))))) (local.get $n)";
    assert_eq!(up_to(load), None);
}

/// A loop up to `$n` whose progress is made by one inside of it, which begins with `$j` and ends at 4.
fn inside(begin: &str) -> Option<u64> {
    bounds(&format!(
        "(loop $outer
            (local.set $j {begin})
            (block $end (loop $inner
                (br_if $end (i32.ge_u (local.get $j) (i32.const 4)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (local.set $i (i32.add (local.get $i) (i32.const 4)))
                (br $inner)))
            (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))"
    ))[0]
}

#[test]
fn an_inner_loop_that_always_goes_round() {
    assert_eq!(inside("(i32.const 0)"), Some(6));
    assert_eq!(inside("(i32.and (local.get $m) (i32.const 3))"), Some(24));
    // It may not go round at all.
    assert_eq!(inside("(i32.and (local.get $m) (i32.const 7))"), None);
    assert_eq!(inside("(local.get $m)"), None);
}

/// As a bubble sort that begins again below its last exchange: the inner loop sets `$k` to `value`.
fn shrinking(value: &str, test: &str) -> Option<u64> {
    bounds(&format!(
        "(block $out (loop $outer
            (br_if $out (i32.lt_u (local.get $n) (i32.const 2)))
            (local.set $k (i32.const 0))
            (local.set $j (i32.const 1))
            (block $end (loop $inner
                (br_if $end {test})
                (if (i32.load (i32.shl (local.get $j) (i32.const 2))) (then (local.set $k {value})))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (br $inner)))
            (local.set $n (local.get $k))
            (br $outer)))"
    ))[0]
}

#[test]
fn what_an_inner_loop_sets_below_the_limit() {
    let (below, apart) = ("(i32.ge_u (local.get $j) (local.get $n))", "(i32.eq (local.get $j) (local.get $n))");
    assert_eq!(shrinking("(local.get $j)", below), Some(99));
    assert_eq!(shrinking("(local.get $j)", apart), Some(99));
    assert_eq!(shrinking("(local.get $n)", below), None);
    assert_eq!(shrinking("(i32.load (i32.const 0))", below), None);
    assert_eq!(shrinking("(local.get $j)", "(i32.gt_u (local.get $j) (local.get $n))"), None);
}

/// A loop that goes on by a flag, which the end of a round sets.
fn flagged(end: &str) -> Option<u64> {
    bounds(&format!(
        "(local.set $s (i32.const 1))
        (block $out (loop $next
            (br_if $out (i32.eqz (local.get $s)))
            {end}
            (br $next)))"
    ))[0]
}

#[test]
fn flags() {
    let (up, less) =
        ("(local.tee $i (i32.add (local.get $i) (i32.const 1)))", "(i32.lt_u (local.get $i) (local.get $n))");
    assert_eq!(flagged(&format!("(local.set $s (i32.lt_u {up} (local.get $n)))")), Some(100));
    assert_eq!(flagged(&format!("(drop {up}) (if (i32.eqz {less}) (then (local.set $s (i32.const 0))))")), Some(100));
    // It does not count in each round; it is set again.
    let seldom = format!("(if (i32.load (i32.const 0)) (then (drop {up}))) (local.set $s {less})");
    assert_eq!(flagged(&seldom), None);
    assert_eq!(flagged(&format!("(drop {up}) (local.set $s (i32.or {less} (i32.load (i32.const 0))))")), None);
    // A step that carries it past the end.
    let far = "(local.set $i (i32.add (local.get $i) (i32.const 3)))
        (local.set $s (i32.lt_u (local.get $i) (i32.const -2)))";
    assert_eq!(flagged(far), None);
}

/// A loop up to a counter that goes up while `moves` holds, and is tested for equality from 1.
fn stopped(moves: &str) -> Option<u64> {
    bounds(&format!(
        "(local.set $s (i32.const 1))
        (local.set $k (i32.const 1))
        (loop $outer
            (local.set $j (i32.const 1))
            (block $end (loop $inner
                (br_if $end (i32.eq (local.get $j) (local.get $k)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (br $inner)))
            (local.set $k (i32.add (local.get $k) {moves}))
            (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))"
    ))[1]
}

#[test]
fn a_counter_that_stops() {
    assert_eq!(stopped("(i32.lt_u (local.get $k) (i32.const 8))"), Some(7));
    assert_eq!(stopped("(i32.gt_u (i32.const 8) (local.get $k))"), Some(7));
    assert_eq!(stopped("(i32.lt_u (local.get $k) (local.get $m))"), None);
    assert_eq!(stopped("(i32.gt_u (local.get $k) (i32.const 0))"), None);
}

#[test]
fn conditions_as_they_are_without_optimisation() {
    // `!(x & 1)` for an `x` that is not zero.
    let trailing = |bits: &str| {
        bounds(&format!(
            "(if (i32.eqz (local.get $m)) (then (return)))
            (block $end (loop $next
                (br_if $end (i32.eqz (i32.and
                    (i32.xor (i32.ne (i32.and (local.get $m) (i32.const 1)) (i32.const 0)) (i32.const {bits}))
                    (i32.const 1))))
                (local.set $m (i32.shr_u (local.get $m) (i32.const 1)))
                (br $next)))"
        ))[0]
    };
    assert_eq!(trailing("-1"), Some(31));
    assert_eq!(trailing("3"), Some(31));
    // `a && b && c` of which `a` is the bound.
    let all = |first: &str| {
        bounds(&format!(
            "(block $end (loop $next
                (local.set $s (i32.const 0))
                (block $no
                    (br_if $no (i32.eqz {first}))
                    (br_if $no (i32.eqz (i32.load (local.get $i))))
                    (br_if $no (i32.eqz (i32.load offset=8 (i32.const 0))))
                    (local.set $s (i32.ne (i32.load offset=4 (i32.const 0)) (i32.const 10))))
                (br_if $end (i32.eqz (local.get $s)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))"
        ))[0]
    };
    assert_eq!(all("(i32.lt_u (local.get $i) (local.get $n))"), Some(100));
}
