;;! test = "lower"
;; A table that is not the first, or that is imported, has no certified calls.

(module
  (type $v (func))
  (table $first 1 funcref)
  (table $second 1 funcref)
  (func $f)
  (elem (table $second) (i32.const 0) func $f)
  (func $call (call_indirect $second (type $v) (i32.const 0))))
