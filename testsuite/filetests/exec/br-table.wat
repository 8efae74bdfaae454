;;! test = "exec"
;; Arms with and without values, indices past the end.

(module
  (func (export "plain") (param i32) (result i32)
    (block $a (block $b (block $c
      (br_table $c $b $a (local.get 0)))
      (return (i32.const 1)))
      (return (i32.const 2)))
    (i32.const 3))
  (func (export "values") (param i32 i64) (result i64)
    (block $a (result i64)
      (i64.add (i64.const 1)
        (block $b (result i64)
          (br_table $a $b $a (local.get 1) (local.get 0)))))))

;;= invoke "plain" 0 => 1
;;= invoke "plain" 1 => 2
;;= invoke "plain" 2 => 3
;;= invoke "plain" 3 => 3
;;= invoke "plain" -1 => 3
;;= invoke "values" 0 10 => 10
;;= invoke "values" 1 10 => 11
;;= invoke "values" 9 10 => 10
