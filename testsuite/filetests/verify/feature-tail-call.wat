;;! test = "verify"
;; Tail calls are not supported.

(module
  (func $f
    return_call $f)) ;; error: W0203 the feature `tail-call` is not supported

(module
  (func $f
    call $f))
