;;! test = "lower"
;; A value that is read again keeps its store; one in a local is read from the accumulator.

(module
  (func $twice (param i32 i32) (result i32) (local i32)
    (i32.mul (local.tee 2 (i32.add (local.get 0) (local.get 1))) (local.get 2)))
  (func $tee (param i32 i32) (result i32) (local i32)
    (i32.mul (local.tee 2 (i32.add (local.get 0) (local.get 1))) (local.get 0)))
  (func $not_last (param i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.sub (local.get 0) (local.get 1)))))
