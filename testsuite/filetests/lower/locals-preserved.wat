;;! test = "lower"
;; A local that changes while its old value is still to be used is copied out first.

(module
  (func $set (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.const 5))
    (i32.sub (local.get 0)))
  (func $tee (param i32) (result i32)
    (i32.sub (local.get 0) (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))
  (func $twice (param i32) (result i32)
    (local.get 0) (local.get 0)
    (local.set 0 (i32.const 5))
    (i32.add) (i32.sub (local.get 0)))
  (func $swap (param i32 i32) (result i32)
    (local.get 0) (local.get 1)
    (local.set 0) (local.set 1)
    (i32.sub (local.get 0) (local.get 1)))
  (func $other (param i32 i32) (result i32)
    (local.get 0)
    (local.set 1 (i32.const 5))
    (i32.sub (local.get 1))))
