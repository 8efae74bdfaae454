;;! test = "lower"
;; Arms without values go straight to their targets.

(module
  (func (param i32) (result i32)
    (block $a (block $b (block $c
      (br_table $a $b $c $b (local.get 0)))
      (return (i32.const 1)))
      (return (i32.const 2)))
    (i32.const 3))
  (func $constant
    (block $a (block $b (br_table $a $b (i32.const 0))) (unreachable)))
  (func $backward (param i32)
    (loop $l (block $b (br_table $l $b (local.get 0))))))
