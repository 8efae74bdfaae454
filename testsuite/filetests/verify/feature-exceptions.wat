;;! test = "verify"
;; Exceptions are not supported.

(module
  (tag $t)
  (func
    throw $t)) ;; error: W0203 the feature `exceptions` is not supported

(module
  (func
    unreachable))
