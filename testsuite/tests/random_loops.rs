//! Bounds of random loops: small functions with nested loops whose steps, tests and exits are chosen at random are run
//! with counters, and no run may go beyond what the verifier claims.
//!
//! A rule that is wrong in a corner (a step that wraps, a test that is not made in each round, a store that reaches a
//! variable in the frame) meets that corner here sooner or later, since numbers at the ends of the types are as likely
//! as small ones. Most loops are close to what programs do, so that about half of them are bounded. The seed is printed,
//! and `CERVUS_SEED` sets it; `CERVUS_MODULES` says how many modules are made.

use fastrand::Rng;
use testsuite::corpus::{
    claims::claims,
    manifest::{Entry, Manifest},
    measure::measure,
};

/// Modules of one run of the test.
const MODULES: u32 = 300;
/// Functions of a module.
const FUNCTIONS: usize = 4;
/// Operators that make a module one of those whose functions are analysed each by itself, with less effort.
const MANY: usize = (1 << 17) + 1;
/// Random arguments for each function, besides the ends of the ranges.
const RANDOM: u32 = 4;
/// Operands in memory: text that loops look at, from here on.
const DATA: u32 = 1024;
/// Where a number is counted down by most loops.
const FUSE: u32 = 512;
/// What the stack pointer starts with.
const STACK: u32 = 4096;
/// Variables in the frame, 4 bytes each, with an array of 16 bytes behind the first two.
const FRAME: [u32; 4] = [0, 4, 24, 28];
/// Bytes of a frame.
const FRAME_BYTES: u32 = 32;

/// A function being written.
struct Writer {
    rng: Rng,
    out: String,
    /// Loops around.
    depth: u32,
    /// Labels that were made.
    labels: u32,
    /// Statements that may still be written.
    budget: u32,
    /// Whether variables stand in the frame.
    has_frame: bool,
    /// Local variables of the loops around, which are not chosen as counters again. Mostly.
    counters: Vec<u32>,
}

/// Locals: two parameters, seven numbers of 32 bits, two of 64, the frame.
const NARROW: u32 = 9;
const WIDE: [u32; 2] = [9, 10];
const POINTER: u32 = 11;

impl Writer {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.rng.usize(..of.len())]
    }

    fn constant(&mut self) -> String {
        let near = self.rng.i64(-3..=3);
        let value = match self.rng.u8(..16) {
            0 => i64::from(i32::MAX) + near,
            1 => i64::from(i32::MIN) + near,
            2 => -self.rng.i64(0..100),
            3 => 1 << self.rng.u32(..32),
            4 => self.rng.i64(0..1000),
            _ => self.rng.i64(0..12),
        };
        (value as i32).to_string() // CAST: wraps
    }

    fn variable(&mut self) -> u32 {
        self.rng.u32(..NARROW)
    }

    /// A variable to set: seldom one that a loop around counts with, or compares with.
    fn target(&mut self) -> u32 {
        let first = self.variable();
        if self.counters.contains(&first) && self.rng.u8(..6) != 0 { self.variable() } else { first }
    }

    fn slot(&mut self) -> String {
        let at = FRAME[self.rng.usize(..FRAME.len())];
        format!("offset={at} (local.get {POINTER})")
    }

    /// The address of an array's item, in the frame or out of it.
    fn item(&mut self) -> String {
        let index = self.value(1);
        if self.has_frame && self.rng.bool() {
            let mask = self.pick(&["3", "3", "3", "7", "15"]);
            let (base, shift) = (self.pick(&["8", "8", "8", "4", "12"]), "2");
            return format!(
                "(i32.add (i32.add (local.get {POINTER}) (i32.const {base}))
                    (i32.shl (i32.and {index} (i32.const {mask})) (i32.const {shift})))"
            );
        }
        format!("(i32.add (i32.const {DATA}) (i32.and {index} (i32.const 255)))")
    }

    /// A number of 32 bits.
    fn value(&mut self, depth: u32) -> String {
        if depth == 0 || self.rng.u8(..4) == 0 {
            let variable = self.variable();
            return match self.rng.u8(..6) {
                0 | 1 => format!("(i32.const {})", self.constant()),
                2 if self.has_frame => format!("(i32.load {})", self.slot()),
                _ => format!("(local.get {variable})"),
            };
        }
        let (a, b) = (self.value(depth - 1), self.value(depth - 1));
        let constant = self.constant();
        match self.rng.u8(..14) {
            0..=2 => format!("(i32.add {a} {b})"),
            3 | 4 => format!("(i32.sub {a} {b})"),
            5 => format!("(i32.mul {a} (i32.const {constant}))"),
            6 => {
                format!("({} {a} (i32.const {}))", self.pick(&["i32.shl", "i32.shr_u", "i32.shr_s"]), self.rng.u8(..33))
            }
            7 => format!("({} {a} {b})", self.pick(&["i32.and", "i32.or", "i32.xor"])),
            8 => {
                let op = self.pick(&["i32.div_u", "i32.rem_u", "i32.rem_s"]);
                format!("({op} {a} (i32.const {}))", self.rng.u32(1..9))
            }
            9 => format!("(select {a} {b} {})", self.condition(depth - 1)),
            10 => {
                let (load, item) =
                    (self.pick(&["i32.load8_u", "i32.load8_s", "i32.load", "i32.load16_u"]), self.item());
                format!("({load} {item})")
            }
            11 => format!("(i32.wrap_i64 {})", self.wide(depth - 1)),
            12 => format!("({} {a})", self.pick(&["i32.eqz", "i32.extend8_s", "i32.ctz", "i32.clz", "i32.popcnt"])),
            _ => format!("(i32.and {a} (i32.const {constant}))"),
        }
    }

    /// A number of 64 bits.
    fn wide(&mut self, depth: u32) -> String {
        let variable = WIDE[self.rng.usize(..WIDE.len())];
        if depth == 0 {
            return format!("(local.get {variable})");
        }
        match self.rng.u8(..6) {
            0 => format!("(i64.extend_i32_u {})", self.value(depth - 1)),
            1 => format!("(i64.extend_i32_s {})", self.value(depth - 1)),
            2 => format!("(i64.const {})", self.constant()),
            3 => format!("(i64.sub {} {})", self.wide(depth - 1), self.wide(depth - 1)),
            _ => format!("(i64.add {} {})", self.wide(depth - 1), self.wide(depth - 1)),
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        let op = self.pick(&["lt_u", "lt_s", "le_u", "le_s", "gt_u", "gt_s", "ge_u", "ge_s", "eq", "ne", "ne"]);
        if self.rng.u8(..8) == 0 {
            return format!("(i64.{op} {} {})", self.wide(depth), self.wide(depth));
        }
        format!("(i32.{op} {} {})", self.value(depth), self.value(depth))
    }

    /// Another number for a variable: mostly a step.
    fn step(&mut self, of: u32) {
        let old = format!("(local.get {of})");
        let small = self.rng.u32(1..5);
        let new = match self.rng.u8(..16) {
            0..=4 => format!("(i32.add {old} (i32.const {small}))"),
            5..=7 => format!("(i32.sub {old} (i32.const {small}))"),
            8 => format!("(i32.add {old} {})", self.value(1)),
            9 => format!("(i32.sub {old} {})", self.value(1)),
            10 => format!("(i32.{} {old} (i32.const {small}))", self.pick(&["shr_u", "shr_s", "shl", "mul", "div_u"])),
            11 => format!("(i32.and {old} (i32.add {old} (i32.const -1)))"),
            12 => format!("(select (i32.add {old} (i32.const {small})) {old} {})", self.condition(1)),
            13 => format!("(i32.and (i32.add {old} (i32.const {small})) (i32.const {}))", self.constant()),
            _ => self.value(2),
        };
        self.line(&format!("(local.set {of} {new})"));
    }

    fn statement(&mut self) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let variable = self.target();
        match self.rng.u8(..16) {
            0..=2 => self.step(variable),
            3 => {
                let value = self.value(2);
                self.line(&format!("(local.set {variable} {value})"));
            }
            4 => {
                let (value, to) = (self.wide(2), WIDE[self.rng.usize(..WIDE.len())]);
                self.line(&format!("(local.set {to} {value})"));
            }
            5 | 6 => {
                let condition = self.condition(1);
                self.line(&format!("(if {condition} (then"));
                self.statements(2);
                self.line(") (else");
                self.statements(2);
                self.line("))");
            }
            7 if self.has_frame => {
                let (slot, value) = (self.slot(), self.value(1));
                self.line(&format!("(i32.store {slot} {value})"));
            }
            14 => self.switch(variable),
            15 => {
                // A counter that stops.
                let (value, op) = (self.value(1), self.pick(&["i32.lt_u", "i32.gt_s", "i32.ne"]));
                let way = self.pick(&["i32.add", "i32.sub"]);
                let own = format!("(local.get {variable})");
                self.line(&format!("(local.set {variable} ({way} {own} ({op} {own} {value})))"));
            }
            8 => {
                let (store, item, value) = (self.pick(&["i32.store8", "i32.store"]), self.item(), self.value(1));
                self.line(&format!("({store} {item} {value})"));
            }
            9 => {
                let (a, b) = (self.value(1), self.value(1));
                self.line(&format!("(local.set {variable} (call $helper {a} {b}))"));
            }
            10 if self.has_frame => {
                // Writes through a pointer into the frame: what lies above it may change.
                let at = FRAME[self.rng.usize(..FRAME.len())];
                let (which, value) = (self.rng.u8(..2), self.value(1));
                let call = match self.rng.bool() {
                    true => format!("(call $write{which}"),
                    false => "(call_indirect (type $writer)".to_owned(),
                };
                let index = if call.starts_with("(call_") { format!("(i32.const {which})") } else { String::new() };
                self.line(&format!("{call} (i32.add (local.get {POINTER}) (i32.const {at})) {value} {index})"));
            }
            _ if self.depth < 3 => self.repeat(),
            _ => {}
        }
    }

    /// A choice by a state, which it may change.
    fn switch(&mut self, state: u32) {
        let label = self.labels;
        self.labels += 1;
        let next = |rng: &mut Rng| format!("(local.set {state} (i32.const {}))", rng.u32(..4));
        self.line(&format!("(block $o{label} (block $b{label} (block $a{label}"));
        self.line(&format!("(br_table $a{label} $b{label} $o{label} (local.get {state})))"));
        let first = next(&mut self.rng);
        self.line(&first);
        self.statements(1);
        self.line(&format!("(br $o{label}))"));
        let second = next(&mut self.rng);
        self.line(&second);
        self.line(")");
    }

    fn statements(&mut self, most: u32) {
        for _ in 0..self.rng.u32(..=most) {
            self.statement();
        }
    }

    /// A loop: most often with a counter that has something to do with a test that leaves it.
    fn repeat(&mut self) {
        let label = self.labels;
        self.labels += 1;
        let counter = self.target();
        let end = self.variable();
        let is_plain = self.rng.u8(..3) != 0;
        let up = self.rng.bool();
        let limit = match self.rng.u8(..6) {
            0 => self.value(2),
            1 | 2 if is_plain => format!("(i32.const {})", if up { self.rng.u32(5..60) } else { self.rng.u32(..3) }),
            1 => format!("(i32.const {})", self.constant()),
            _ if is_plain && !up => "(i32.const 0)".to_owned(),
            _ if is_plain => format!("(local.get {})", self.rng.u8(..2)),
            _ => format!("(local.get {end})"),
        };
        let start = match (is_plain, up) {
            (true, true) => format!("(i32.const {})", self.rng.u32(..4)),
            (true, false) => match self.rng.bool() {
                true => format!("(local.get {})", self.rng.u8(..2)),
                false => format!("(i32.const {})", self.rng.u32(5..60)),
            },
            _ => self.value(1),
        };
        if is_plain || self.rng.bool() {
            self.line(&format!("(local.set {counter} {start})"));
        }
        let op = match (is_plain, up) {
            (true, true) => self.pick(&["lt_u", "lt_s", "le_u", "le_s", "ne"]),
            (true, false) => self.pick(&["gt_u", "gt_s", "ge_s", "ne"]),
            _ => self.pick(&["lt_u", "lt_s", "le_u", "gt_u", "gt_s", "ge_s", "ne", "ne", "ne", "eq"]),
        };
        let tested = match self.rng.u8(..8) {
            0 => format!("(i32.add (local.get {counter}) (i32.const {}))", self.constant()),
            1 => self.value(2),
            _ => format!("(local.get {counter})"),
        };
        let test = format!("(i32.{op} {tested} {limit})");
        self.depth += 1;
        self.counters.extend([counter, end]);
        self.line(&format!("(block $end{label} (loop $next{label}"));
        // Most loops end in any case, which cannot be seen, so that what is behind them is reached.
        if self.rng.u8(..5) != 0 {
            self.line(&format!(
                "(i32.store (i32.const {FUSE}) (i32.sub (i32.load (i32.const {FUSE})) (i32.const 1)))
                (br_if $end{label} (i32.le_s (i32.load (i32.const {FUSE})) (i32.const 0)))"
            ));
        }
        let shape = self.rng.u8(..4);
        if shape < 2 {
            self.line(&format!("(br_if $end{label} (i32.eqz {test}))"));
        }
        self.statements(2);
        match self.rng.u8(..8) {
            0 => {
                let condition = self.condition(1);
                self.line(&format!("(br_if $next{label} {condition})"));
            }
            1 => {
                let condition = self.condition(1);
                self.line(&format!("(br_if $end{label} {condition})"));
            }
            _ => {}
        }
        // One variable or another, under a condition or not.
        let also = self.variable();
        let step = |writer: &mut Self| {
            if is_plain && writer.rng.u8(..8) != 0 {
                let by = [1, 1, 1, 2, 3, 7][writer.rng.usize(..6)];
                let op = if up { "add" } else { "sub" };
                writer.line(&format!("(local.set {counter} (i32.{op} (local.get {counter}) (i32.const {by})))"));
            } else {
                writer.step(counter);
            }
        };
        match self.rng.u8(..8) {
            0 | 1 => {
                let condition = self.condition(1);
                self.line(&format!("(if {condition} (then"));
                step(self);
                self.line(") (else");
                self.step(also);
                self.line("))");
            }
            2 => {
                step(self);
                self.step(also);
            }
            _ => step(self),
        }
        self.statements(1);
        match shape {
            0 | 1 => self.line(&format!("(br $next{label})")),
            _ => self.line(&format!("(br_if $next{label} {test})")),
        }
        self.line("))");
        self.counters.truncate(self.counters.len() - 2);
        self.depth -= 1;
    }
}

/// A module with functions `f0`, `f1`, … of two parameters, and their ranges.
fn module(rng: &mut Rng) -> (String, Manifest) {
    let mut text = format!(
        "(module (memory 1) (global $stack (mut i32) (i32.const {STACK}))
        (data (i32.const {DATA}) \"the quick brown fox\\00jumps over\\00\\00 the lazy dog 0123456789 -- and so on\")
        (data (i32.const {FUSE}) \"\\00\\01\")
        (type $writer (func (param i32 i32)))
        (table funcref (elem $write0 $write1))
        (func $write0 (param i32 i32) (i32.store (local.get 0) (local.get 1)))
        (func $write1 (param i32 i32) (i32.store8 offset=4 (local.get 0) (local.get 1)))
        (func $helper (param i32 i32) (result i32)
            (block $end (loop $next
                (br_if $end (i32.ge_u (local.get 0) (local.get 1)))
                (local.set 0 (i32.add (local.get 0) (i32.const {})))
                (br $next)))
            (i32.sub (local.get 0) (local.get 1)))\n",
        rng.u32(1..4)
    );
    if rng.u8(..4) == 0 {
        text.push_str(&format!("(func {})\n", "nop ".repeat(MANY)));
    }
    let mut manifest = Manifest::default();
    for at in 0..FUNCTIONS {
        let has_frame = rng.u8(..3) == 0;
        let mut writer = Writer {
            rng: rng.fork(),
            out: String::new(),
            depth: 0,
            labels: 0,
            budget: 14,
            has_frame,
            counters: Vec::new(),
        };
        for _ in 0..2 {
            writer.statements(2);
            writer.repeat();
        }
        let (enter, leave) = match has_frame {
            true => (
                format!(
                    "(global.set $stack (local.tee {POINTER} (i32.sub (global.get $stack) (i32.const {FRAME_BYTES}))))
                    (i32.store offset=4 (local.get {POINTER}) (local.get 1))"
                ),
                format!("(global.set $stack (i32.add (local.get {POINTER}) (i32.const {FRAME_BYTES})))"),
            ),
            false => (String::new(), String::new()),
        };
        text.push_str(&format!(
            "(func (export \"f{at}\") (param i32 i32) (local i32 i32 i32 i32 i32 i32 i32 i64 i64 i32)
            {enter}\n{}{leave})\n",
            writer.out
        ));
        let range = |rng: &mut Rng| match rng.u8(..5) {
            0 => None,
            1 => Some((rng.i64(-20..=0), rng.i64(0..=20))),
            2 => Some((1, rng.i64(1..=40))),
            _ => Some((0, rng.i64(0..=60))),
        };
        manifest.entries.push(Entry {
            name: format!("f{at}"),
            params: vec![range(rng), range(rng)],
            runs: vec![vec![3, 5]; usize::from(rng.bool())],
            // Some end and some do not; each call gets little fuel.
            unbounded: Some("chosen at random".to_owned()),
        });
    }
    text.push(')');
    // Arguments must be in the ranges.
    for entry in &mut manifest.entries {
        let params = entry.params.clone();
        let inside = |args: &Vec<i64>| {
            args.iter().zip(&params).all(|(arg, range)| range.is_none_or(|(lo, hi)| (lo..=hi).contains(arg)))
        };
        entry.runs.retain(inside);
    }
    (text, manifest)
}

#[test]
fn no_run_goes_beyond_a_claim() {
    let number = |name: &str| {
        std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let seed = number("CERVUS_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("CERVUS_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let (mut loops, mut bounded, mut went_round) = (0, 0, 0);
    for _ in 0..number("CERVUS_MODULES").unwrap_or(MODULES.into()) {
        let (text, manifest) = module(&mut rng);
        let wasm = wat::parse_str(&text);
        let text = text.replace("nop ", "");
        let wasm = wasm.unwrap_or_else(|error| panic!("CERVUS_SEED={seed}: {error}\n{text}"));
        let claims = claims(&wasm, &manifest).unwrap_or_else(|error| panic!("CERVUS_SEED={seed}: {error}\n{text}"));
        let measured = measure(&wasm, &manifest, RANDOM, seed)
            .unwrap_or_else(|error| panic!("CERVUS_SEED={seed}: {error}\n{text}"));
        for claim in &claims.loops {
            loops += 1;
            let Some(most) = claim.rounds else { continue };
            bounded += 1;
            let seen = measured.loops.iter().find(|seen| seen.of == claim.of).expect("each loop has counters");
            let rounds = seen.rounds.unwrap_or(0);
            went_round += u32::from(rounds > 0);
            let total = claim.total.unwrap_or(u64::MAX);
            assert!(
                rounds <= most && seen.total <= total,
                "CERVUS_SEED={seed}: {} at {:#x} goes round {rounds} times, claimed {most}; in a call {}, claimed {total}\n\
                {:?}\n{text}",
                seen.function,
                seen.of.offset,
                seen.total,
                manifest.entries,
            );
        }
    }
    println!("{loops} loops, {bounded} bounded, {went_round} of them went round");
    // Else the test shows nothing.
    assert!(bounded * 4 > loops && went_round * 20 > loops, "{loops} loops, {bounded} bounded, {went_round} seen");
}
