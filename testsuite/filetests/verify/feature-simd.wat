;;! test = "verify"
;; Features that are not supported are named, with the operator that needs them.

(module
  (func (param i32)
    local.get 0
    i32x4.splat ;; error: W0203 the feature `simd` is not supported
    drop))

(module
  (func (param i32)
    local.get 0
    drop))
