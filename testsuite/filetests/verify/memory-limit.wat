;;! test = "verify"
;;! max-pages = 16
;; The initial memory is within the policy.

(module
  (memory 17))

(module
  (memory 16 1000))
