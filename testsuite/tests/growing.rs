//! Growing costs time that its fuel says little about, above all where it fails: the host sees it, and bounds it.

use kengine::{Mode, store::StoreLimits};
use testsuite::{
    guest::{End, Guest},
    pipeline,
};

/// Each function asks `n` times for more than there is, and counts what it gets.
const FAILING: &str = r#"(module
  (memory 1 2) (table 1 2 funcref)
  (func (export "memory") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.sub (local.get 1) (memory.grow (i32.const 9))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "table") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.sub (local.get 1) (table.grow (ref.null func) (i32.const 9))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))"#;

/// A host that measures slices in time learns of each try: thousands of them, of milliseconds each, would fit the
/// fuel of a slice.
#[test]
fn growing_gives_way() {
    let image = pipeline::image(&wat::parse_str(FAILING).expect("the text is right")).expect("it lowers");
    for mode in Mode::ALL {
        for name in ["memory", "table"] {
            let mut guest = Guest::new(&image, *mode).expect("it loads");
            let func = guest.func(name).expect("it is exported");
            let mut slices = 0;
            let end = guest.call(func, &[20], u64::MAX, &mut || {
                slices += 1;
                u64::MAX
            });
            assert_eq!(end, End::Done(vec![20]), "{name}");
            assert_eq!(slices, 21, "{name}");
        }
    }
}

/// Many tables are not a way around the limit on one.
#[test]
fn tables_share_a_limit() {
    let wat = r#"(module
      (table $a 1 funcref) (table $b 2 funcref)
      (func (export "run") (result i32) (local i32)
        (drop (table.grow $a (ref.null func) (i32.const 3)))
        (drop (table.grow $b (ref.null func) (i32.const 4)))
        (drop (table.grow $a (ref.null func) (i32.const 1)))
        (i32.add (i32.mul (table.size $a) (i32.const 10)) (table.size $b))))"#;
    let image = pipeline::image(&wat::parse_str(wat).expect("the text is right")).expect("it lowers");
    for (limit, sizes) in [(u32::MAX, 56), (11, 56), (10, 46), (9, 52), (7, 52), (6, 42), (5, 22), (3, 12), (0, 12)] {
        let program = pipeline::load(&image, Mode::Match).expect("the checker has nothing against it");
        let limits = StoreLimits { max_all_table_elems: limit, ..StoreLimits::default() };
        let mut guest = Guest::of(program, limits, 1000).expect("it is instantiated");
        let func = guest.func("run").expect("it is exported");
        assert_eq!(guest.call(func, &[], u64::MAX, &mut || u64::MAX), End::Done(vec![sizes]), "{limit}");
    }
}
