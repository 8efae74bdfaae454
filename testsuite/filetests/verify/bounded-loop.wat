;;! test = "verify"
;;! bounded = true
;; Under the policy `bounded`, every loop has a bound.

(module
  (func (param i32)
    (loop ;; error: W0701 this loop has no proven bound: it goes on while `p0 != 0`, and nothing shows that this ends
      (br_if 0 (local.get 0)))))

(module
  (func (export "f") (param $n i32) (local $i i32)
    (block
      (loop ;; error: W0703 this loop goes round `n` times, and `n` may be anything
        (br_if 1 (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br 0)))))

(module
  (func (local $i i32)
    (loop
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 10))))))
