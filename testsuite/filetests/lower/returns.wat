;;! test = "lower"
;; One value from slot, constant or accumulator; more of them side by side.

(module
  (func $none)
  (func $slot (param i32 i32) (result i32) (local.get 1))
  (func $constant (result i64) (i64.const -1))
  (func $acc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $two (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func $in_place (param i32) (result i32 i32)
    (i32.add (local.get 0) (i32.const 1)) (i32.add (local.get 0) (i32.const 2)))
  (func $early (param i32) (result i32)
    (br_if 0 (i32.const 4) (local.get 0)) (drop) (i32.const 5)))
