;;! test = "lower"
;; Arms with values go by way of a stub for each target.

(module
  (func (param i32 i64) (result i64)
    (block $a (result i64)
      (i64.add (i64.const 1)
        (block $b (result i64)
          (br_table $a $b $a (local.get 1) (local.get 0))))))
  (func $at_home (param i32) (result i32)
    (block $a (result i32)
      (i32.mul
        (block $b (result i32)
          (br_table $b $a (i32.add (local.get 0) (i32.const 7)) (local.get 0)))
        (i32.const 3))))
  (func $returns (param i32 i32) (result i32)
    (block $a (result i32) (br_table $a 1 (local.get 1) (local.get 0)))))
