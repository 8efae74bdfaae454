;;! test = "verify"
;;! bounded = true
;; Calls through a table count as calls of every function of the signature that may stand in it.

(module
  (table 1 funcref)
  (elem (i32.const 0) $f)
  (func $f ;; error: W0702 functions can call themselves: `f` → call_indirect () → `f`
    (call_indirect (i32.const 0))))

(module
  (table 1 funcref)
  (elem (i32.const 0) $f)
  (func $f)
  (func $g (param i32)
    (call_indirect (i32.const 0))))
