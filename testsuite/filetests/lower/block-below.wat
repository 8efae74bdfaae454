;;! test = "lower"
;; Operands below a block go home first, for the code behind it expects them there.

(module
  (func (param i32 i32) (result i32)
    (local.get 0)
    (i32.const 5)
    (block (br_if 0 (local.get 1)) (local.set 0 (i32.const 9)))
    (i32.add)
    (i32.add (local.get 0))))
