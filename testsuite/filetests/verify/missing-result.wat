;;! test = "verify"
;; A function leaves its results.

(module
  (func (result i32)
    nop))

(module
  (func (result i32)
    i32.const 0))
