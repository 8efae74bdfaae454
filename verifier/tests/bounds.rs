//! Rules for loop bounds that the corpus does not show one by one: each where it holds, and where one thing less is
//! known, so that the loop may go round nearly for ever.

use verifier::{Assumption, HostSet, Policy, Report, verify};

/// The bounds of the loops of a function `f` with these locals behind two parameters, of which the first is in a
/// range and the second may be anything.
fn bounds(range: std::ops::RangeInclusive<i64>, locals: &str, body: &str) -> Vec<Option<u64>> {
    report(range, locals, body).functions[0].loops.iter().map(|of| of.bound).collect()
}

fn report(range: std::ops::RangeInclusive<i64>, locals: &str, body: &str) -> Report {
    let locals: String = locals.split_whitespace().map(|name| format!("(local {name} i32)")).collect();
    let text = format!("(module (memory 1) (func (export \"f\") (param $n i32) (param $m i32) {locals} {body}))");
    let wasm = wat::parse_str(text).expect("the module is well formed");
    let first = Assumption { function: Some("f".into()), param: "n".into(), min: *range.start(), max: *range.end() };
    let policy = Policy { assumptions: vec![first], ..Policy::default() };
    let report = verify(&wasm, &HostSet::default(), &policy);
    assert!(report.accepted(), "{}", report.to_text(false));
    report
}

const ANY: std::ops::RangeInclusive<i64> = 0..=0xffff_ffff;

/// Four at a time while there are four, then one at a time: `guard` says whether nothing at all is seen to.
fn unrolled(guard: &str) -> Vec<Option<u64>> {
    bounds(
        0..=100,
        "$i $r $e",
        &format!(
            "{guard}
            (local.set $r (i32.and (local.get $n) (i32.const 3)))
            (block $tail
                (br_if $tail (i32.lt_u (local.get $n) (i32.const 4)))
                (local.set $e (i32.and (local.get $n) (i32.const -4)))
                (loop $four
                    (local.set $i (i32.add (local.get $i) (i32.const 4)))
                    (br_if $four (i32.ne (local.get $i) (local.get $e))))
                (br_if $tail (local.get $r))
                (return))
            (loop $one
                (br_if $one (local.tee $r (i32.sub (local.get $r) (i32.const 1)))))"
        ),
    )
}

#[test]
fn a_name_counts_before_a_number() {
    let wat = "(module (func (export \"f\") (param $p1 i32) (param $x i32)
        (loop $l (br_if $l (local.tee $p1 (i32.sub (local.get $p1) (i32.const 1)))))
        (loop $l (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))))";
    let wasm = wat::parse_str(wat).expect("the module is well formed");
    for (range, bounds) in [("1<=p1<=9", [Some(8), None]), ("1<=p0<=9", [Some(8), None]), ("1<=x<=9", [None, Some(8)])]
    {
        let policy = Policy { assumptions: vec![range.parse().expect("a range")], ..Policy::default() };
        let report = verify(&wasm, &HostSet::default(), &policy);
        let found: Vec<Option<u64>> = report.functions[0].loops.iter().map(|l| l.bound).collect();
        assert_eq!(found, bounds, "{range}");
    }
}

#[test]
fn what_holds_on_each_way_into_a_loop() {
    assert_eq!(unrolled("(if (i32.eqz (local.get $n)) (then (return)))"), [Some(24), Some(2)]);
    // From zero the counter wraps.
    assert_eq!(unrolled(""), [Some(24), None]);
}

#[test]
fn equal_values_are_one() {
    // What is tested before the loop and what it counts are computed apart, and from two counters.
    let body = |guarded: &str| {
        format!(
            "(local.set $j (i32.const 1))
            (loop $outer
                (if (i32.and {guarded} (i32.const 3)) (then
                    (local.set $r (i32.and (i32.sub (local.get $j) (i32.const 1)) (i32.const 3)))
                    (loop $inner
                        (br_if $inner (local.tee $r (i32.sub (local.get $r) (i32.const 1)))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))"
        )
    };
    assert_eq!(bounds(0..=50, "$i $j $r", &body("(local.get $i)")), [Some(49), Some(2)]);
    // Of the next number it says nothing.
    let next = "(i32.add (local.get $i) (i32.const 1))";
    assert_eq!(bounds(0..=50, "$i $j $r", &body(next)), [Some(49), None]);
}

#[test]
fn one_counter_or_the_other() {
    let body = |otherwise: &str| {
        format!(
            "(block $end (loop $next
                (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
                (br_if $end (i32.ge_u (local.get $j) (local.get $n)))
                (if (i32.load (local.get $i))
                    (then (local.set $i (i32.add (local.get $i) (i32.const 1))))
                    (else {otherwise}))
                (br $next)))"
        )
    };
    let moves = "(local.set $j (i32.add (local.get $j) (i32.const 1)))";
    assert_eq!(bounds(0..=100, "$i $j", &body(moves)), [Some(199)]);
    assert_eq!(bounds(0..=100, "$i $j", &body("")), [None]);
    assert_eq!(bounds(0..=100, "$i $j", &body(&moves.replace("(i32.const 1)", "(local.get $m)"))), [None]);
}

#[test]
fn squares() {
    let body = |step: u32| {
        format!(
            "(local.set $i (i32.const 2))
            (block $end (loop $next
                (br_if $end (i32.gt_u (i32.mul (local.get $i) (local.get $i)) (local.get $n)))
                (local.set $i (i32.add (local.get $i) (i32.const {step})))
                (br $next)))"
        )
    };
    assert_eq!(bounds(0..=10_000, "$i", &body(1)), [Some(99)]);
    assert_eq!(bounds(0..=10_000, "$i", &body(3)), [Some(33)]);
    // The square of 65536 is zero.
    assert_eq!(bounds(ANY, "$i", &body(1)), [None]);
    assert_eq!(bounds(0..=10_000, "$i", &body(0)), [None]);
    // To where the square is the same.
    assert_eq!(bounds(0..=10_000, "$i", &body(0x8000_0000)), [None]);
    // A step over all that is too large: 65537, whose square modulo 2^32 is too large as well.
    assert_eq!(bounds(0..=10_000, "$i", &body(0xffff)), [Some(1)]);
}

#[test]
fn shifts_to_the_right_of_a_counter() {
    let body = "(loop $next
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.eqz (i32.shr_u (local.get $i) (local.get $n)))))";
    assert_eq!(bounds(0..=10, "$i", body), [Some(1023)]);
    // Modulo 32.
    assert_eq!(bounds(0..=32, "$i", body), [None]);
}

#[test]
fn bits_that_are_lost() {
    let body = |next: &str| format!("(if (local.get $n) (then (loop $next (br_if $next (local.tee $n {next})))))");
    let lowest = "(i32.and (local.get $n) (i32.sub (i32.const 0) (local.get $n)))";
    assert_eq!(bounds(ANY, "", &body(&format!("(i32.xor (local.get $n) {lowest})"))), [Some(31)]);
    assert_eq!(bounds(ANY, "", &body(&format!("(i32.or (local.get $n) {lowest})"))), [None]);
    let under_mask = |by: i32| body(&format!("(i32.and (i32.add (local.get $n) (i32.const {by})) (local.get $m))"));
    assert_eq!(bounds(0..=1023, "", &under_mask(-1)), [Some(1022)]);
    assert_eq!(bounds(0..=1023, "", &under_mask(1)), [None]);
    // From zero it wraps.
    let from_zero = under_mask(-1).replace("(if (local.get $n) (then", "(block (block");
    assert_eq!(bounds(0..=1023, "", &from_zero), [None]);
}

#[test]
fn the_lesser_of_what_is_left_and_a_step() {
    let body = |step: &str| {
        format!(
            "(if (local.get $n) (then (loop $next
                (local.set $i (select (local.get $n) {step} (i32.lt_u (local.get $n) {step})))
                (br_if $next (local.tee $n (i32.sub (local.get $n) (local.get $i)))))))"
        )
    };
    assert_eq!(bounds(0..=512, "$i", &body("(i32.const 64)")), [Some(7)]);
    // A step of zero.
    assert_eq!(bounds(0..=512, "$i", &body("(local.get $m)")), [None]);
}

#[test]
fn a_sum_that_is_tested() {
    let body = "(local.set $m (i32.and (local.get $m) (i32.const 7)))
        (loop $next
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.le_u (i32.add (local.get $i) (local.get $m)) (local.get $n))))";
    assert_eq!(bounds(0..=300, "$i", body), [Some(300)]);
    assert_eq!(bounds(ANY, "$i", body), [None]);
}

#[test]
fn halves_that_may_be_negative() {
    // `(lo + hi) / 2` with `hi` down to -1.
    let body = |down: &str| {
        format!(
            "(local.set $hi (i32.sub (local.get $n) (i32.const 1)))
            (block $end (loop $next
                (br_if $end (i32.gt_s (local.get $lo) (local.get $hi)))
                (local.set $mid (i32.div_s (i32.add (local.get $lo) (local.get $hi)) (i32.const 2)))
                (if (i32.load (local.get $mid))
                    (then (local.set $lo (i32.add (local.get $mid) (i32.const 1))))
                    (else (local.set $hi {down})))
                (br $next)))"
        )
    };
    let locals = "$lo $hi $mid";
    assert_eq!(bounds(0..=1000, locals, &body("(i32.sub (local.get $mid) (i32.const 1))")), [Some(10)]);
    // `hi` stays where it is.
    assert_eq!(bounds(0..=1000, locals, &body("(local.get $mid)")), [None]);
}

#[test]
fn what_one_loop_says_for_another_inside() {
    let body = |start: &str, more: u32| {
        format!(
            "(local.set $i {start})
            (block $end (loop $outer
                (br_if $end (i32.eq (local.get $i) (local.get $n)))
                (local.set $j (i32.add (local.get $i) (i32.const {more})))
                (block $done (loop $inner
                    (br_if $done (i32.eq (local.get $j) (local.get $n)))
                    (local.set $j (i32.add (local.get $j) (i32.const 1)))
                    (br $inner)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $outer)))"
        )
    };
    assert_eq!(bounds(0..=50, "$i $j", &body("(i32.const 0)", 1)), [Some(50), Some(49)]);
    // Past the end by one, and a start that may be behind it.
    assert_eq!(bounds(0..=50, "$i $j", &body("(i32.const 0)", 2)), [Some(50), None]);
    assert_eq!(bounds(0..=50, "$i $j", &body("(local.get $m)", 1)), [None, None]);
}

#[test]
fn from_a_number_up_to_the_greater() {
    let body = |op: &str| {
        format!(
            "(local.set $m (i32.and (local.get $m) (i32.const 63)))
            (local.set $to (select (local.get $m) (local.get $n) ({op} (local.get $m) (local.get $n))))
            (block $end (loop $next
                (br_if $end (i32.eq (local.get $n) (local.get $to)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br $next)))"
        )
    };
    assert_eq!(bounds(0..=50, "$to", &body("i32.gt_u")), [Some(63)]);
    assert_eq!(bounds(0..=50, "$to", &body("i32.lt_u")), [None]);
}

#[test]
fn halves_whatever_the_ends_are() {
    let half = "(i32.shr_u (i32.sub (local.get $n) (local.get $m)) (i32.const 1))";
    let body = |most: u32, mid: &str| {
        format!(
            "(block $end (loop $next
                (br_if $end (i32.le_u (i32.sub (local.get $n) (local.get $m)) (i32.const {most})))
                (local.set $mid {mid})
                (if (i32.load (i32.const 0))
                    (then (local.set $m (local.get $mid)))
                    (else (local.set $n (local.get $mid))))
                (br $next)))"
        )
    };
    let mid = format!("(i32.add (local.get $m) {half})");
    assert_eq!(bounds(ANY, "$mid", &body(1, &mid)), [Some(32)]);
    assert_eq!(bounds(ANY, "$mid", &body(7, &mid)), [Some(32)]);
    // One stays one.
    assert_eq!(bounds(ANY, "$mid", &body(0, &mid)), [None]);
    // Rounding down twice.
    assert_eq!(bounds(ANY, "$mid", &body(0, &format!("(i32.add (i32.const 1) {mid})"))), [None]);
}

#[test]
fn a_size_beside_its_ends() {
    let body = |size: &str| {
        format!(
            "(local.set $hi (i32.const 1024))
            (local.set $size (i32.const {size}))
            (loop $next
                (local.set $mid (i32.add (local.get $lo) (i32.shr_u (local.get $size) (i32.const 1))))
                (if (i32.load (i32.const 0))
                    (then (local.set $lo (local.get $mid)))
                    (else (local.set $hi (local.get $mid))))
                (local.set $size (i32.sub (local.get $hi) (local.get $lo)))
                (br_if $next (i32.gt_u (local.get $size) (i32.const 1))))"
        )
    };
    let locals = "$lo $hi $mid $size";
    assert_eq!(bounds(ANY, locals, &body("1024")), [Some(9)]);
    // Not the difference at first: the middle may lie outside.
    assert_eq!(bounds(ANY, locals, &body("4000")), [None]);
}

#[test]
fn reading_to_the_end_of_memory() {
    // Down from an address that may be anything, or a word at an index that goes up.
    let body = |address: &str, step: i32| {
        format!(
            "(loop $next
                (local.set $i (i32.add (local.get $i) (i32.const {step})))
                (br_if $next (i32.load {address})))"
        )
    };
    let down = "(i32.add (local.get $m) (local.get $i))";
    assert_eq!(bounds(ANY, "$i", &body(down, -1)), [Some(0x10001)]);
    assert_eq!(
        bounds(ANY, "$i", &body("(i32.add (local.get $m) (i32.shl (local.get $i) (i32.const 2)))", 1)),
        [Some(0x4001)]
    );
    // All multiples of 2^31 are in memory or one step from it.
    let turned = "(i32.shl (local.get $i) (i32.const 31))";
    assert_eq!(bounds(ANY, "$i", &body(turned, 2)), [None]);
    // Anywhere.
    let square = "(i32.mul (local.get $i) (local.get $i))";
    assert_eq!(bounds(ANY, "$i", &body(square, 1)), [None]);
}

#[test]
fn rounds_followed_one_by_one() {
    // While it is more than 9, of the variable `$n` makes `next`.
    let down = |next: &str| {
        format!(
            "(block $end (loop $next
                (br_if $end (i32.le_u (local.get $n) (i32.const 9)))
                (local.set $n {next})
                (br $next)))"
        )
    };
    let shrunk = |by: u32| format!("(i32.div_u (i32.mul (local.get $n) (i32.const 10)) (i32.const {by}))");
    assert_eq!(bounds(0..=1000, "", &down(&shrunk(13))), [Some(18)]);
    // It grows, or stays, or the product wraps.
    assert_eq!(bounds(0..=1000, "", &down(&shrunk(9))), [None]);
    assert_eq!(bounds(0..=1000, "", &down(&shrunk(10))), [None]);
    assert_eq!(bounds(ANY, "", &down("(i32.div_u (i32.mul (local.get $n) (i32.const 13)) (i32.const 16))")), [None]);
    // Only on some ways.
    let sometimes = format!("(select {} (local.get $n) (i32.load (i32.const 0)))", shrunk(13));
    assert_eq!(bounds(0..=1000, "", &down(&sometimes)), [None]);
}

#[test]
fn down_a_heap() {
    let body = |start: &str, child: &str| {
        format!(
            "(local.set $i {start})
            (block $end (loop $next
                (local.set $child (i32.add (i32.shl (local.get $i) (i32.const 1)) (i32.const {child})))
                (br_if $end (i32.ge_u (local.get $child) (local.get $n)))
                (if (i32.load (local.get $child)) (then
                    (local.set $child (i32.add (local.get $child) (i32.const 1)))))
                (local.set $i (local.get $child))
                (br $next)))"
        )
    };
    assert_eq!(bounds(0..=1000, "$i $child", &body("(i32.const 0)", "1")), [Some(9)]);
    assert_eq!(bounds(0..=1000, "$i $child", &body("(i32.and (local.get $m) (i32.const 7))", "1")), [Some(9)]);
    // From -1 it leaves at once, from 2^31 it comes to 1.
    assert_eq!(bounds(0..=1000, "$i $child", &body("(local.get $m)", "1")), [Some(9)]);
    // From zero to zero.
    assert_eq!(bounds(0..=1000, "$i $child", &body("(i32.const 0)", "0")), [None]);
}

#[test]
fn carries_that_are_added() {
    let body = |by: u32| {
        format!(
            "(block $end (loop $next
                (br_if $end (i32.eqz (i32.shr_u (local.get $m) (i32.const {by}))))
                (local.set $m (i32.add
                    (i32.and (local.get $m) (i32.const 0xffff))
                    (i32.shr_u (local.get $m) (i32.const {by}))))
                (br $next)))"
        )
    };
    assert_eq!(bounds(ANY, "", &body(16)), [Some(3)]);
    // What is left may stay what it was.
    assert_eq!(bounds(ANY, "", &body(8)), [None]);
}

#[test]
fn no_more_rounds_than_bits() {
    let body = |bits: &str, test: &str, next: &str| {
        format!(
            "(local.set $bits {bits})
            (block $end (loop $next
                (br_if $end {test})
                (local.set $bits {next})
                (br $next)))"
        )
    };
    let up = "(i32.add (local.get $bits) (i32.const 1))";
    let length = "(i32.le_u (i32.shr_u (local.get $n) (local.get $bits)) (i32.const 1))";
    assert_eq!(bounds(0..=255, "$bits", &body("(i32.const 0)", length, up)), [Some(7)]);
    // Modulo the width the shift is no more.
    assert_eq!(bounds(ANY, "$bits", &body("(local.get $m)", length, up)), [None]);
    // The lowest bit that is set, if there is one.
    let odd = "(i32.and (local.get $bits) (i32.const 1))";
    let half = "(i32.shr_u (local.get $bits) (i32.const 1))";
    assert_eq!(bounds(1..=255, "$bits", &body("(local.get $n)", odd, half)), [Some(7)]);
    assert_eq!(bounds(0..=255, "$bits", &body("(local.get $n)", odd, half)), [None]);
    // Down the bits of a mask, until one is not set.
    let kept = "(i32.eqz (i32.and (local.get $m) (local.get $bits)))";
    assert_eq!(bounds(0..=128, "$bits", &body("(local.get $n)", kept, half)), [Some(8)]);
    assert_eq!(bounds(0..=128, "$bits", &body("(local.get $n)", kept, "(local.get $bits)")), [None]);
}

/// Rounds in one run of the function, of the loops of `f`.
fn totals(range: std::ops::RangeInclusive<i64>, locals: &str, body: &str) -> Vec<Option<u64>> {
    report(range, locals, body).functions[0].loops.iter().map(|of| of.total).collect()
}

#[test]
fn the_last_part_of_a_round_counts_for_loops_inside() {
    // Three rounds at most; before the test, or between the two tests, a loop of ten.
    let body = |first: &str, second: &str| {
        format!(
            "(block $end (loop $outer
                (br_if $end {first})
                (local.set $k (i32.const 0))
                (loop $inner
                    (br_if $inner (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 10))))
                (br_if $end {second})
                (if (i32.load (i32.const 0))
                    (then (local.set $i (i32.add (local.get $i) (i32.const 1))))
                    (else (local.set $j (i32.add (local.get $j) (i32.const 1)))))
                (br $outer)))"
        )
    };
    let at_end = |of: &str| format!("(i32.ge_u (local.get {of}) (i32.const 2))");
    assert_eq!(totals(ANY, "$i $j $k", &body(&at_end("$i"), &at_end("$j"))), [Some(3), Some(36)]);
}

#[test]
fn a_difference_under_a_mask() {
    // One at a time until what is left is a multiple of eight, then eight at a time, where there are so many.
    let body = |guard: &str, enough: &str| {
        format!(
            "{guard}
            (local.set $r (i32.and (i32.sub (local.get $m) (local.get $n)) (i32.const 7)))
            (local.set $left (i32.add (i32.xor (local.get $n) (i32.const -1)) (local.get $m)))
            (if (local.get $r) (then (loop $one
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $one (local.tee $r (i32.sub (local.get $r) (i32.const 1)))))))
            {enough}
            (loop $eight
                (br_if $eight (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 8))) (local.get $m))))"
        )
    };
    let few = "(local.set $m (i32.and (local.get $m) (i32.const 255)))
        (if (i32.le_u (local.get $m) (local.get $n)) (then (return)))";
    let enough = "(if (i32.lt_u (local.get $left) (i32.const 7)) (then (return)))";
    assert_eq!(bounds(0..=50, "$r $left", &body(few, enough)), [Some(6), Some(30)]);
    // Nothing is left for the second loop.
    assert_eq!(bounds(0..=50, "$r $left", &body(few, ""))[1], None);
    // Beyond the end: all the way round.
    let any = "(local.set $m (i32.and (local.get $m) (i32.const 255)))";
    assert_ne!(bounds(0..=50, "$r $left", &body(any, enough))[1], Some(30));
}

#[test]
fn a_mask_of_what_is_compared_in_other_words() {
    // Two at a time up to `n - 1` less its lowest bit, if that is not zero.
    let body = |not: u32, mask: i32| {
        format!(
            "(if (i32.lt_u (local.get $n) (i32.const 2)) (then (return)))
            (if (i32.eq (i32.sub (local.get $n) (i32.const {not})) (i32.const 0)) (then (return)))
            (local.set $end (i32.and (i32.sub (local.get $n) (i32.const 1)) (i32.const {mask})))
            (loop $next
                (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 2))) (local.get $end))))"
        )
    };
    assert_eq!(bounds(0..=100, "$i $end", &body(2, -2)), [Some(48)]);
    // One less its lowest bit is zero.
    assert_eq!(bounds(0..=100, "$i $end", &body(3, -2)), [None]);
    // Two and three less their low bits as well.
    assert_eq!(bounds(0..=100, "$i $end", &body(2, -4)), [None]);
}

#[test]
fn one_loop_for_two() {
    let body = |limit: &str, then: &str, otherwise: &str| {
        format!(
            "(block $end (loop $next
                (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (if (i32.ge_u (local.get $j) {limit}) (then {then}) (else {otherwise}))
                (br $next)))"
        )
    };
    let up = "(local.set $i (i32.add (local.get $i) (i32.const 1))) (local.set $j (i32.const 0))";
    assert_eq!(bounds(0..=60, "$i $j", &body("(i32.const 20)", up, "")), [Some(60 + 61 * 19)]);
    // The second variable has no end, or goes back; the first one goes back.
    assert_eq!(bounds(0..=60, "$i $j", &body("(local.get $m)", up, "")), [None]);
    let back = "(local.set $j (i32.sub (local.get $j) (i32.load (i32.const 0))))";
    assert_eq!(bounds(0..=60, "$i $j", &body("(i32.const 20)", up, back)), [None]);
    let down = "(local.set $i (i32.const 0))";
    assert_eq!(bounds(0..=60, "$i $j", &body("(i32.const 20)", up, down)), [None]);
    // The first one stands still while the second starts again.
    assert_eq!(bounds(0..=60, "$i $j", &body("(i32.const 20)", "(local.set $j (i32.const 0))", "")), [None]);
}

/// What the order of a loop's variables is by the edges back to its head says nothing about the round that is followed.
#[test]
fn orders_while_rounds_are_followed() {
    let body = "(local.set $n (i32.and (local.get $n) (i32.const 31)))
        (block $end (loop $next
            (br_if $end (i32.lt_s
                (i32.add (local.get $m) (i32.sub (local.get $n) (local.get $i))) (local.get $i)))
            (local.set $i (i32.sub (local.get $i) (i32.clz (local.get $n))))
            (br $next)))";
    assert_eq!(bounds(ANY, "$i", body), [None]);
}

/// Bounds of an entry and of a run of the function.
fn with_totals(range: std::ops::RangeInclusive<i64>, locals: &str, body: &str) -> Vec<(Option<u64>, Option<u64>)> {
    report(range, locals, body).functions[0].loops.iter().map(|of| (of.bound, of.total)).collect()
}

/// Where the bound of the loop around is none of a test, its last part may enter the loop inside once more.
#[test]
fn a_loop_inside_of_one_for_two() {
    let body = "(block $end (loop $next
        (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $k (i32.const 3))
        (loop $inside (br_if $inside (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
        (br_if $end (i32.load (i32.const 0)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (if (i32.ge_u (local.get $j) (i32.const 20)) (then
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $j (i32.const 0))))
        (br $next)))";
    let most = 60 + 61 * 19;
    assert_eq!(with_totals(0..=60, "$i $j $k", body), [(Some(most), Some(most)), (Some(2), Some(2 * (most + 1)))]);
}

/// A distance below zero is one nearly all the way round.
#[test]
fn the_total_of_a_distance_that_wraps() {
    let body = |first: u32| {
        format!(
            "(local.set $i (i32.const {first}))
            (loop $outer
                (local.set $i (i32.add (local.get $i) (i32.const 2)))
                (local.set $j (i32.const 6))
                (block $end (loop $inside
                    (br_if $end (i32.eq (local.get $j) (local.get $i)))
                    (local.set $j (i32.add (local.get $j) (i32.const 7)))
                    (br $inside)))
                (br_if $outer (i32.lt_u (i32.add (local.get $i) (i32.const 4)) (local.get $i))))"
        )
    };
    assert_eq!(with_totals(ANY, "$i $j", &body(11)), [(Some(0), Some(0)), (Some(1), Some(1))]);
    // (2^32 - 4) / 7
    assert_eq!(with_totals(ANY, "$i $j", &body(0)), [(Some(0), Some(0)), (Some(613_566_756), Some(613_566_756))]);
}

/// What comes into a loop by two ways: `n` where it is less than `most`, beside anything, or anything beside a 7. The first
/// of the two is counted down if it is less than 10, else the second.
fn chosen_on_the_way(most: u32) -> Vec<Option<u64>> {
    bounds(
        ANY,
        "$a $b $r",
        &format!(
            "(if (i32.lt_u (local.get $n) (i32.const {most}))
                (then (local.set $a (local.get $n)) (local.set $b (local.get $m)))
                (else (local.set $a (local.get $m)) (local.set $b (i32.const 7))))
            (local.set $r (select (local.get $a) (local.get $b) (i32.lt_u (local.get $a) (i32.const 10))))
            (block $done (loop $l
                (br_if $done (i32.eqz (local.get $r)))
                (local.set $r (i32.sub (local.get $r) (i32.const 1)))
                (br $l)))"
        ),
    )
}

#[test]
fn a_condition_that_the_way_into_a_loop_decides() {
    assert_eq!(chosen_on_the_way(10), [Some(9)]);
    // Where `n` is 10 the other one is taken, which may be anything.
    assert_eq!(chosen_on_the_way(11), [None]);
}

/// A loop that goes on while a truth value is not zero, which stands in `$t` at the end of a round. Bytes in memory may be
/// anything at any time.
fn while_true(makes: &str) -> Vec<Option<u64>> {
    bounds(
        ANY,
        "$i $t",
        &format!(
            "(local.set $i (local.get $n))
            (loop $l
                (local.set $t (i32.const 0))
                {makes}
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $l (local.get $t)))"
        ),
    )
}

#[test]
fn the_first_of_three_conditions() {
    let byte = |at: u32| format!("(i32.load8_u (i32.const {at}))");
    let is_below = "(i32.lt_u (local.get $i) (i32.const 100))";
    // `t = i < 100 && p && q`, as it is without optimisation.
    let all = |first: &str| {
        format!(
            "(block $no
                {first}
                (br_if $no (i32.eqz {}))
                (local.set $t {}))",
            byte(8),
            byte(9)
        )
    };
    assert_eq!(while_true(&all(&format!("(br_if $no (i32.eqz {is_below}))"))), [Some(100)]);
    // `t = !(i < 100) && p && q` holds nearly always.
    assert_eq!(while_true(&all(&format!("(br_if $no {is_below})"))), [None]);
    // `t = (i < 100 || o) && p && q`: two ways lead on.
    let either = format!("(block $yes (br_if $yes {is_below}) (br_if $no (i32.eqz {})))", byte(7));
    assert_eq!(while_true(&all(&either)), [None]);
    // `t = i < 100 ? p : q`: two ways may give it.
    let one_of = format!("(if {is_below} (then (local.set $t {})) (else (local.set $t {})))", byte(8), byte(9));
    assert_eq!(while_true(&one_of), [None]);
}

#[test]
fn a_condition_of_the_round_before() {
    // `t` says that `i` was below 100 in the round before; `now` is whether it still has that value.
    let body = |now: &str| {
        format!(
            "(local.set $i (i32.load (i32.const 8)))
            (loop $outer
                (if (local.get $t) (then
                    (local.set $j (i32.const 0))
                    (loop $inner (br_if $inner (i32.lt_u
                        (local.tee $j (i32.add (local.get $j) (i32.const 1)))
                        (local.get $i))))))
                (local.set $old (local.get $i))
                {now}
                (local.set $t (i32.const 0))
                (if (i32.lt_u (local.get $old) (i32.const 100)) (then (local.set $t (i32.const 1))))
                (br_if $outer (i32.lt_u
                    (local.tee $k (i32.add (local.get $k) (i32.const 1)))
                    (i32.const 10))))"
        )
    };
    let other = "(local.set $i (i32.load (i32.const 8)))";
    assert_eq!(bounds(ANY, "$i $j $k $t $old", &body(other)), [Some(9), None]);
    // The same with the ways back to the head apart, each with its own constant.
    let apart = "(loop $outer
            (if (local.get $t) (then
                (local.set $j (i32.const 0))
                (loop $inner (br_if $inner (i32.lt_u
                    (local.tee $j (i32.add (local.get $j) (i32.const 1)))
                    (local.get $i))))))
            (if (i32.ge_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 10)) (then (return)))
            (local.set $old (local.get $i))
            (local.set $i (i32.load (i32.const 8)))
            (if (i32.lt_u (local.get $old) (i32.const 100)) (then (local.set $t (i32.const 1)) (br $outer)))
            (local.set $t (i32.const 0))
            (br $outer))";
    assert_eq!(bounds(ANY, "$i $j $k $t $old", apart), [Some(9), None]);
}
