;;! test = "verify"
;; A function whose reference is taken is declared.

(module
  (func $f)
  (func (result funcref)
    ref.func $f)) ;; error: W0202 undeclared function reference

(module
  (func $f)
  (elem declare func $f)
  (func (result funcref)
    ref.func $f))
