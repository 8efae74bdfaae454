;;! test = "verify"
;; Every function that is wrong is named, not the first alone.

(module
  (func (drop (i64.eqz (i32.const 1))))
  (func)
  (func
    (drop (f32.neg (i32.const 1)))))

(module
  (func (drop (i64.eqz (i64.const 1)))))
