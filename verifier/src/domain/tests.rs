//! Every operator against all numbers of 8 bits: nothing that can come out may be missing.

use super::{Binary, Compare, Stride, Tnum, Unary, Value, mask_of, signed};
use proptest::prelude::*;

const WIDTH: u32 = 8;

/// The members of a set, by trying all numbers.
fn members(value: &Value) -> Vec<u64> {
    (0..=mask_of(value.width())).filter(|x| !value.is_bottom() && value.contains(*x)).collect()
}

/// A set from a few of its numbers, as joins make it, cut by a range, bits or a stride.
fn any_value() -> impl Strategy<Value = Value> {
    let of_numbers = prop::collection::vec(0u64..256, 1..5)
        .prop_map(|numbers| numbers.iter().fold(Value::bottom(WIDTH), |all, x| all.join(&Value::constant(*x, WIDTH))));
    let of_range = (0u64..256, 0u64..256).prop_map(|(a, b)| Value::unsigned_range(a.min(b), a.max(b), WIDTH));
    let of_signed = (-128i64..128, -128i64..128).prop_map(|(a, b)| Value::signed_range(a.min(b), a.max(b), WIDTH));
    let of_bits = (0u64..256, 0u64..256).prop_map(|(value, mask)| {
        let bits = Tnum { value: value & !mask, mask };
        let mut set = Value::top(WIDTH);
        set.bits = bits;
        set.reduce()
    });
    let of_stride = (1u64..40, 0u64..256).prop_map(|(modulus, residue)| {
        let mut set = Value::top(WIDTH);
        set.stride = Stride { modulus, residue: residue % modulus };
        set.reduce()
    });
    let one = prop_oneof![of_numbers, of_range, of_signed, of_bits, of_stride];
    (one.clone(), one, 0..3u8).prop_map(|(a, b, how)| {
        let both = a.meet(&b);
        match how {
            0 => a,
            1 if !both.is_bottom() => both,
            _ => a.join(&b),
        }
    })
}

/// What wasm computes, cut to 8 bits; `None` for a trap.
fn concrete(op: Binary, x: u64, y: u64) -> Option<u64> {
    let (sx, sy) = (signed(x, WIDTH), signed(y, WIDTH));
    let count = (y % u64::from(WIDTH)) as u32;
    let byte = x as u8;
    let result = match op {
        Binary::Add => x.wrapping_add(y),
        Binary::Sub => x.wrapping_sub(y),
        Binary::Mul => x.wrapping_mul(y),
        Binary::DivS if sy == 0 || sx == -128 && sy == -1 => return None,
        Binary::DivS => (sx / sy) as u64,
        Binary::DivU => x.checked_div(y)?,
        Binary::RemS if sy == 0 => return None,
        Binary::RemS => (sx % sy) as u64,
        Binary::RemU => x.checked_rem(y)?,
        Binary::And => x & y,
        Binary::Or => x | y,
        Binary::Xor => x ^ y,
        Binary::Shl => x << count,
        Binary::ShrS => (sx >> count) as u64,
        Binary::ShrU => x >> count,
        Binary::Rotl => byte.rotate_left(count).into(),
        Binary::Rotr => byte.rotate_right(count).into(),
    };
    Some(result & mask_of(WIDTH))
}

const BINARY: [Binary; 15] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::DivS,
    Binary::DivU,
    Binary::RemS,
    Binary::RemU,
    Binary::And,
    Binary::Or,
    Binary::Xor,
    Binary::Shl,
    Binary::ShrS,
    Binary::ShrU,
    Binary::Rotl,
    Binary::Rotr,
];

const COMPARE: [Compare; 10] = [
    Compare::Eq,
    Compare::Ne,
    Compare::LtS,
    Compare::LtU,
    Compare::GtS,
    Compare::GtU,
    Compare::LeS,
    Compare::LeU,
    Compare::GeS,
    Compare::GeU,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn binary_operators_lose_nothing(a in any_value(), b in any_value(), at in 0..BINARY.len()) {
        let op = BINARY[at];
        let result = op.apply(&a, &b);
        for x in members(&a) {
            for y in members(&b) {
                if let Some(z) = concrete(op, x, y) {
                    prop_assert!(!result.is_bottom() && result.contains(z), "{x} {op:?} {y} = {z}: {a:?} {b:?} {result:?}");
                }
            }
        }
    }

    #[test]
    fn unary_operators_lose_nothing(a in any_value()) {
        let byte = |x: u64| x as u8;
        type Concrete = Box<dyn Fn(u64) -> u64>;
        let all: Vec<(Unary, Concrete)> = vec![
            (Unary::Clz, Box::new(move |x| byte(x).leading_zeros().into())),
            (Unary::Ctz, Box::new(move |x| byte(x).trailing_zeros().into())),
            (Unary::Popcnt, Box::new(move |x| byte(x).count_ones().into())),
            (Unary::SignExtend(3), Box::new(|x| signed(x, 3) as u64 & 0xff)),
            (Unary::Zext(5), Box::new(|x| x & 0x1f)),
            (Unary::Zext(12), Box::new(|x| x)),
            (Unary::Sext(12), Box::new(|x| signed(x, 8) as u64 & 0xfff)),
        ];
        for (op, concrete) in all {
            let result = op.apply(&a);
            prop_assert_eq!(result.width(), op.result_width(WIDTH));
            for x in members(&a) {
                let z = concrete(x);
                prop_assert!(result.contains(z), "{op:?} {x} = {z}: {a:?} {result:?}");
            }
        }
    }

    #[test]
    fn branches_lose_nothing(a in any_value(), b in any_value(), at in 0..COMPARE.len()) {
        let op = COMPARE[at];
        let (left, right) = op.refine(&a, &b);
        let mut seen = [false; 2];
        for x in members(&a) {
            for y in members(&b) {
                let holds = op.holds(x, y, WIDTH);
                seen[usize::from(holds)] = true;
                if holds {
                    prop_assert!(left.contains(x) && right.contains(y), "{x} {op:?} {y}: {a:?} {b:?}");
                }
            }
        }
        if let Some(decided) = op.decide(&a, &b) {
            prop_assert!(!seen[usize::from(!decided)], "{op:?} {a:?} {b:?}");
        }
        prop_assert_eq!(op.negated().negated(), op);
    }

    #[test]
    fn lattice_operations_lose_nothing(a in any_value(), b in any_value(), first in 0u64..256, last in 0u64..256) {
        let (join, meet, wide) = (a.join(&b), a.meet(&b), a.widen(&b, &[0, 1, 7, 64, 127, 128, 200]));
        let wrapped = a.meet_wrapped(first, last);
        let without = a.without(first);
        for x in 0..256 {
            let (in_a, in_b) = (a.contains(x) && !a.is_bottom(), b.contains(x) && !b.is_bottom());
            if in_a || in_b {
                prop_assert!(join.contains(x) && wide.contains(x), "{x}: {a:?} {b:?} {join:?} {wide:?}");
            }
            if in_a && in_b {
                prop_assert!(meet.contains(x), "{x}: {a:?} {b:?} {meet:?}");
            }
            let counted = if first <= last { (first..=last).contains(&x) } else { x >= first || x <= last };
            if in_a && counted {
                prop_assert!(wrapped.contains(x), "{x} in {first}..{last}: {a:?} {wrapped:?}");
            }
            if in_a && x != first {
                prop_assert!(without.contains(x), "{x} not {first}: {a:?} {without:?}");
            }
        }
    }

    #[test]
    fn widening_ends(start in any_value(), steps in prop::collection::vec(any_value(), 300)) {
        let mut value = start;
        let mut changes = 0;
        for step in steps {
            let next = value.widen(&step, &[0, 1, 7, 64, 127, 128, 200]);
            changes += usize::from(next != value);
            value = next;
        }
        // Ends move over the steps, bits and strides lose at most one factor at a time.
        prop_assert!(changes <= 48, "{changes}");
    }
}

#[test]
fn each_part_helps_the_others() {
    let n = Value::unsigned_range(4, 1000, 32);
    let m = Binary::And.apply(&n, &Value::constant(0xffff_fffc, 32));
    assert_eq!((m.umin, m.umax, m.stride.modulus), (4, 1000, 4));
    let i = Binary::Mul.apply(&Value::unsigned_range(0, 10, 32), &Value::constant(12, 32));
    assert_eq!((i.umin, i.umax, i.stride), (0, 120, Stride { modulus: 12, residue: 0 }));
    assert_eq!(i.to_string(), "[0, 120] step 12");
    let (below, _) = Compare::LtU.refine(&i, &Value::constant(100, 32));
    assert_eq!(below.umax, 96);
    let all = Value::top(64);
    assert_eq!(Compare::LtS.decide(&Value::constant(u64::MAX, 64), &Value::constant(0, 64)), Some(true));
    assert!(Binary::Add.apply(&all, &all).is_top());
}

#[test]
fn what_a_comparison_implies() {
    use Compare::*;
    let all = [Eq, Ne, LtS, LtU, GtS, GtU, LeS, LeU, GeS, GeU];
    let numbers = [0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff];
    let holds =
        |op: Compare, a: u64, b: u64| op.decide(&Value::constant(a, WIDTH), &Value::constant(b, WIDTH)) == Some(true);
    let pairs: Vec<(u64, u64)> = numbers.iter().flat_map(|a| numbers.iter().map(move |b| (*a, *b))).collect();
    for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (*one, *other))) {
        let always = pairs.iter().all(|(a, b)| !holds(one, *a, *b) || holds(other, *a, *b));
        assert_eq!(one.implies(other), always, "{one:?} {other:?}");
    }
}
