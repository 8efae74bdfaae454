;;! test = "verify"
;; Tail calls are not supported.

(module
  (func $f
    return_call $f))

(module
  (func $f
    call $f))
