//! What bulk operations and grows cost at most: no call uses more fuel than is claimed of its function, whatever it is
//! given, and where the amount has a bound the claim is that of the amount and not of all of memory.
//!
//! Each function of the module below is run on both ends of what is declared of its parameter, on numbers near what it
//! compares with, and on random ones; a call that traps counts, too. The corpus has the same from a compiler
//! (`testsuite/corpus/c/shapes/bulk.c`).

use kengine::Mode;
use lower::cost::{Costs, Handled, Rounds, costs};
use testsuite::{
    guest::{End, Guest},
    modules::AnyHost,
    pipeline,
};
use verifier::{Assumption, HostSet, Policy, Report, verify};

/// Pages of memory, at most; half of them are there from the start.
const PAGES: u32 = 32;
const FUEL: u64 = 10_000_000;
/// A unit of fuel for all of memory.
const ALL_BYTES: u64 = PAGES as u64 * 65_536 / 64;
/// Elements of the table, at most, and what they cost.
const ELEMS: u64 = 4000;

/// A function of one parameter `p0`, and what is claimed of it beyond its weights.
struct Case {
    name: &'static str,
    /// What is declared of the parameter.
    range: (u32, u32),
    body: &'static str,
    /// Units for the amount alone; the rest of the claim is less than 100.
    amount: u64,
    /// Whether a call comes as near to that as its weights.
    is_reached: bool,
}

const ANY: (u32, u32) = (0, u32::MAX);

const fn case(name: &'static str, range: (u32, u32), body: &'static str, amount: u64, is_reached: bool) -> Case {
    Case { name, range, body, amount, is_reached }
}

/// Copies as many bytes as the operand says.
macro_rules! copy {
    ($length:literal) => {
        concat!("(memory.copy (i32.const 64) (i32.const 0) ", $length, ")")
    };
}

const CASES: &[Case] = &[
    case("constant", ANY, copy!("(i32.const 6400)"), 100, true),
    case("fill", (0, 65_536), "(memory.fill (i32.const 0) (i32.const 1) (local.get 0))", 1024, true),
    case("masked", ANY, copy!("(i32.and (local.get 0) (i32.const 0xffff))"), 1023, true),
    case("shifted", (0, 512), copy!("(i32.shl (local.get 0) (i32.const 7))"), 1024, true),
    // 65536 * 65536 wraps to 0; what stays has 16 bits in steps of 65536, so that only the memory is an end.
    case("wraps", ANY, copy!("(i32.mul (local.get 0) (i32.const 65536))"), ALL_BYTES, false),
    // With a declared range the sum still wraps: 0 - 64 is nearly 2^32.
    case("below zero", (0, 128), copy!("(i32.sub (local.get 0) (i32.const 64))"), ALL_BYTES, false),
    case(
        "checked",
        ANY,
        concat!("(if (i32.lt_u (local.get 0) (i32.const 12800)) (then ", copy!("(local.get 0)"), "))"),
        199,
        true,
    ),
    // A signed check lets the large ones through, which trap.
    case(
        "checked with sign",
        ANY,
        concat!("(if (i32.lt_s (local.get 0) (i32.const 12800)) (then ", copy!("(local.get 0)"), "))"),
        ALL_BYTES,
        false,
    ),
    case(
        "the other way",
        ANY,
        concat!("(if (i32.gt_u (local.get 0) (i32.const 12800)) (then ", copy!("(local.get 0)"), "))"),
        ALL_BYTES,
        false,
    ),
    case(
        "from memory",
        ANY,
        concat!("(i32.store (i32.const 8) (local.get 0))", copy!("(i32.load (i32.const 8))")),
        ALL_BYTES,
        false,
    ),
    case("segment", ANY, "(memory.init $d (i32.const 0) (i32.const 0) (local.get 0))", 10, true),
    case("half a segment", (0, 320), "(memory.init $d (i32.const 0) (i32.const 0) (local.get 0))", 5, true),
    case(
        "in a loop",
        (0, 640),
        "(local i32) (loop $l (memory.fill (i32.const 0) (i32.const 1) (local.get 0))
            (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3))))",
        30,
        true,
    ),
    case("through a call", (0, 200), "(call $copies (i32.mul (local.get 0) (i32.const 64)))", 200, true),
    case(
        "table.fill",
        ANY,
        "(table.fill $t (i32.const 0) (ref.null func) (i32.and (local.get 0) (i32.const 1023)))",
        63,
        true,
    ),
    case("table.copy", (0, 800), "(table.copy $t $t (i32.const 8) (i32.const 0) (local.get 0))", 50, true),
    case("table.copy of any", ANY, "(table.copy $t $small (i32.const 0) (i32.const 0) (local.get 0))", 2, true),
    case("table.init", ANY, "(table.init $t $e (i32.const 0) (i32.const 0) (local.get 0))", 2, true),
    case("table.grow", (0, 160), "(drop (table.grow $t (ref.null func) (local.get 0)))", 10, true),
    case("table.grow by any", ANY, "(drop (table.grow $t (ref.null func) (local.get 0)))", (ELEMS - 2000) / 16, false),
    case("memory.grow", (0, 3), "(drop (memory.grow (local.get 0)))", 3 * 1024, true),
    case("memory.grow by any", ANY, "(drop (memory.grow (local.get 0)))", ALL_BYTES / 2, false),
];

fn module() -> Vec<u8> {
    let functions: String =
        CASES.iter().map(|case| format!("(func (export \"{}\") (param i32) {})\n", case.name, case.body)).collect();
    let text = format!(
        "(module (memory {} {PAGES}) (table $t 2000 {ELEMS} funcref) (table $small 40 funcref)
            (data $d \"{}\") (elem $e func {})
            (func $copies (param i32) (memory.copy (i32.const 0) (i32.const 64) (local.get 0)))
            (func $listed)
            {functions})",
        PAGES / 2,
        "x".repeat(640),
        "$listed ".repeat(32),
    );
    wat::parse_str(text).expect("the module is well formed")
}

fn report(wasm: &[u8]) -> Report {
    let declared = |case: &Case| Assumption {
        function: Some(case.name.to_owned()),
        param: "p0".to_owned(),
        min: case.range.0.into(),
        max: case.range.1.into(),
    };
    let policy = Policy { assumptions: CASES.iter().map(declared).collect(), ..Policy::default() };
    let report = verify(wasm, &HostSet::default(), &policy);
    assert!(report.accepted(), "{}", report.to_text(false));
    report
}

fn found(image: &[u8], report: &Report) -> Costs {
    let rounds = |function, branch| {
        report.rounds(function, branch).map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let amounts = |_, function, offset| {
        let amount = report.amount(function, offset);
        Handled { most: amount.map(|of| of.most), has_formula: amount.is_some_and(|of| of.formula.is_some()) }
    };
    costs(image, &AnyHost, &rounds, &amounts).expect("the image is in order")
}

/// What each function is claimed to cost, by its place in [`CASES`].
fn claims(wasm: &[u8], image: &[u8]) -> Vec<u64> {
    let costs = found(image, &report(wasm)).functions;
    costs[2..].iter().zip(CASES).map(|(cost, case)| cost.unwrap_or_else(|| panic!("{}", case.name))).collect()
}

/// Fuel of one call, on an instance of its own.
fn used(image: &[u8], name: &str, arg: u32) -> (End, u64) {
    let mut guest = Guest::new(image, Mode::ALL[0]).expect("an instance");
    let func = guest.func(name).expect("it is exported");
    let end = guest.call(func, &[arg.into()], FUEL, &mut || u64::MAX);
    (end, guest.used())
}

#[test]
fn no_call_goes_beyond_a_claim() {
    let seed = std::env::var("CERVUS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("CERVUS_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let wasm = module();
    let image = pipeline::image(&wasm).expect("it is lowered");
    for (case, claim) in CASES.iter().zip(claims(&wasm, &image)) {
        let (least, most) = case.range;
        let mut args = vec![least, most, 0xffff, 12_799, 12_800, 640, 40, 32, 16, 1 << 20, 1 << 21, 1 << 31];
        args.extend((0..20).map(|_| random.u32(..) >> random.u32(0..32)));
        args.retain(|arg| (least..=most).contains(arg));
        let runs = args.iter().map(|arg| used(&image, case.name, *arg).1);
        let dearest = runs.max().expect("there are arguments");
        assert!(dearest <= claim, "CERVUS_SEED={seed} {}: {dearest} used, {claim} claimed", case.name);
        assert!(!case.is_reached || dearest >= case.amount, "{}: {dearest} of {}", case.name, case.amount);
    }
}

#[test]
fn claims_are_of_the_amount() {
    let wasm = module();
    for (case, claim) in CASES.iter().zip(claims(&wasm, &pipeline::image(&wasm).expect("it is lowered"))) {
        assert!((case.amount + 1..case.amount + 100).contains(&claim), "{}: {claim} for {}", case.name, case.amount);
    }
}

/// A claim that counts one unit less than the amount is one that a run goes beyond: what [`no_call_goes_beyond_a_claim`]
/// would see if the analysis were wrong.
#[test]
fn a_claim_below_the_amount_is_too_low() {
    let wasm = module();
    let image = pipeline::image(&wasm).expect("it is lowered");
    let mut report = report(&wasm);
    report.amounts.values_mut().for_each(|amount| amount.most /= 2);
    let costs = found(&image, &report).functions;
    let at = CASES.iter().position(|case| case.name == "masked").expect("it is there");
    let (end, fuel) = used(&image, "masked", 0xffff);
    assert_eq!(end, End::Done(Vec::new()));
    assert!(costs[at + 2].is_some_and(|claim| claim < fuel), "{costs:?} {fuel}");
}

#[test]
fn a_memory_that_nothing_grows_is_as_large_as_it_is() {
    let fill = "(memory.fill (i32.const 0) (i32.const 1) (local.get 0))";
    let cost = |body: &str| {
        let wasm = wat::parse_str(format!("(module (memory 1 8) (func (export \"f\") (param i32) {body}))"))
            .expect("the module is well formed");
        let report = verify(&wasm, &HostSet::default(), &Policy::default());
        found(&pipeline::image(&wasm).expect("it is lowered"), &report).functions[0].expect("it is bounded")
    };
    assert_eq!(cost(fill) / 1024, 1);
    assert_eq!(cost(&format!("{fill} (drop (memory.grow (i32.const 0)))")) / 1024, 8);
}

#[test]
fn lengths_that_are_parameters_are_in_the_formula() {
    let formula = |body: &str| {
        let wasm =
            wat::parse_str(format!("(module (memory 1) (func (export \"f\") (param $n i32) (param $m i32) {body}))"))
                .expect("the module is well formed");
        let mut report = verify(&wasm, &HostSet::default(), &Policy::default());
        let costs = found(&pipeline::image(&wasm).expect("it is lowered"), &report);
        report.set_costs(&costs.functions, &costs.rounds, &costs.straight, &costs.left_out, costs.run);
        report.functions[0].cost_formula.clone()
    };
    let fill = |length: &str| format!("(memory.fill (i32.const 0) (i32.const 1) {length})");
    let plain = formula(&fill("(local.get $n)")).expect("a formula");
    assert!(plain.ends_with(" + n / 64") && plain.split(' ').next().is_some_and(|units| units.len() <= 2), "{plain}");
    let scaled = fill("(i32.shl (i32.add (local.get $n) (local.get $m)) (i32.const 3))");
    assert!(formula(&scaled).is_some_and(|text| text.ends_with(" + 8 * (n + m) / 64")), "{:?}", formula(&scaled));
    // A difference may wrap, so that the formula would be below what is charged.
    assert_eq!(formula(&fill("(i32.sub (local.get $n) (i32.const 1))")), None);
    // A constant is no formula, and in a loop it counts as often as that goes round.
    assert_eq!(formula(&fill("(i32.const 64)")), None);
    let in_loop = format!(
        "(local $i i32) (loop $l {}
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))",
        fill("(local.get $n)")
    );
    assert_eq!(formula(&in_loop), None);
}
