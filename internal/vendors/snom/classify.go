package snom

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// read translates the failure of a call that changes nothing.
func read(err error) error { return classify(err, false) }

// write translates the failure of a call that may have changed something.
func write(err error) error { return classify(err, true) }

// companyRead is read where not found means that the company itself is gone.
func companyRead(err error) error {
	out := classify(err, false)
	var v *ztp.VendorError
	if errors.As(out, &v) && v.NotFound {
		v.Code = ztp.CodeVendorCompanyMissing
	}
	return out
}

// resellerRead is read for a call that is known to be signed by the reseller's key.
func resellerRead(err error) error {
	out := classify(err, false)
	var v *ztp.VendorError
	if errors.As(out, &v) && v.Unauthorized && v.Code == ztp.CodeVendorKeyRejected {
		v.Code = ztp.CodeResellerCredentialsRejected
	}
	return out
}

// before marks a failure of what comes before a mutating call: that call never left.
func before(err error) error {
	var v *ztp.VendorError
	if !errors.As(err, &v) {
		return err
	}
	out := *v
	if out.Effect == ztp.EffectUnknown {
		out.Effect = ztp.EffectNotSent
	}
	return &out
}

// cannot says that the service does not offer what was asked for.
func cannot(err error) error {
	return &ztp.VendorError{Code: ztp.CodeVendorCannot, Effect: ztp.EffectRefused, Err: err}
}

func roleMissing(want string, names []string) error {
	detail := "Snom lists no role for a key of this company."
	if len(names) > 0 {
		detail = "Snom offers the roles " + strings.Join(names, ", ") + "."
	}
	if want != "" {
		detail = fmt.Sprintf("There is no role %q. ", want) + detail
	}
	return &ztp.VendorError{Code: ztp.CodeVendorRoleMissing, Effect: ztp.EffectRefused, Detail: detail}
}

// classify decides, here and nowhere else, what is known of a call that failed.
// Whatever is not listed is unknown for a mutating call.
func classify(err error, mutating bool) error {
	if err == nil {
		return nil
	}
	var done *ztp.VendorError
	if errors.As(err, &done) {
		return err
	}
	e, ok := sraps.AsError(err)
	if !ok {
		return &ztp.VendorError{Code: ztp.CodeInternal, Effect: ztp.EffectUnknown, Err: err}
	}
	var link *sraps.LinkError
	var base *sraps.BaseError
	v := &ztp.VendorError{Detail: e.Message, RetryAfter: e.RetryAfter, Err: err, Effect: ztp.EffectRefused}
	switch {
	case e.Status == 0 && !e.Sent && !e.Malformed:
		v.Code, v.Effect, v.Temporary = ztp.CodeVendorUnreachable, ztp.EffectNotSent, true
		return v
	case e.Status == 0 && !e.Malformed:
		return unanswered(v, mutating, ztp.CodeOutcomeUnknown)
	case errors.As(e, &base):
		return &ztp.VendorError{Code: ztp.CodeConfigurationMissing, Effect: ztp.EffectNotSent, Err: err,
			Detail: "There is no SRAPS at ZEROTOUCH_SNOM_BASE_URL, which is " + base.Base + ": it usually ends in " + sraps.BasePath + ", as in " + sraps.DefaultBaseURL + "."}
	case errors.As(e, &link) && link.Host != "":
		return notAllowed(link.Host, err)
	case e.Malformed:
		v.Detail = "The answer of Snom can't be read."
		if link != nil {
			v.Detail = "The answer of Snom can't be used: " + link.Error() + "."
		}
		if !e.Sent { // a read before the write
			mutating = false
		}
		return unanswered(v, mutating, ztp.CodeVendorUnavailable)
	}
	return byStatus(v, e, mutating && e.Sent)
}

// notAllowed is for a link to a host that the configuration does not name. Links
// are looked at before the call that would follow them, so nothing left.
func notAllowed(host string, err error) error {
	return &ztp.VendorError{Code: ztp.CodeConfigurationMissing, Effect: ztp.EffectNotSent, Err: err,
		Detail: "A link in the answer of Snom leads to " + host + ", which is not allowed. If that host belongs to Snom, add it to ZEROTOUCH_SNOM_LINK_HOSTS."}
}

// unanswered is for a call that left and whose outcome no answer tells. A read may
// simply be repeated.
func unanswered(v *ztp.VendorError, mutating bool, code ztp.Code) error {
	v.Code, v.Effect, v.Temporary = code, ztp.EffectUnknown, true
	if !mutating {
		v.Code, v.Effect = ztp.CodeVendorUnavailable, ztp.EffectNotSent
		if v.Detail == "" {
			v.Detail = "No answer."
		}
	}
	return v
}

// byStatus is for answers other than 2xx.
func byStatus(v *ztp.VendorError, e *sraps.Error, mutating bool) error {
	skew, skewed := sraps.ClockSkew(e)
	switch {
	case sraps.IsTaken(e):
		v.Code, v.Denied = ztp.CodeEndpointTaken, true
	case skewed:
		v.Code, v.Unauthorized = ztp.CodeClockSkew, true
		v.Detail = fmt.Sprintf("It is %d s off the clock of Snom.", int(skew.Abs()/time.Second))
	case e.Status == http.StatusUnauthorized:
		v.Code, v.Unauthorized = ztp.CodeVendorKeyRejected, true
	case e.Status == http.StatusForbidden:
		v.Code, v.Denied = ztp.CodeVendorRejected, true
	case e.Status == http.StatusNotFound, e.Status == http.StatusGone:
		v.Code, v.NotFound = ztp.CodeVendorRejected, true
	case e.Status == http.StatusTooManyRequests:
		v.Code, v.Effect, v.Temporary = ztp.CodeVendorRateLimited, ztp.EffectLimited, true
	case e.Status == http.StatusConflict && strings.Contains(strings.ToLower(e.Message), "quota"):
		v.Code = ztp.CodeVendorKeyQuota
	case e.Status == http.StatusBadRequest, e.Status == http.StatusUnprocessableEntity,
		e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusConflict,
		e.Status == http.StatusUnsupportedMediaType, e.Status == http.StatusRequestEntityTooLarge:
		v.Code = ztp.CodeVendorRejected
	default: // 408, 5xx, redirects and whatever else
		v.Temporary = true
		if v.Detail == "" {
			v.Detail = fmt.Sprintf("Snom answered %d.", e.Status)
		}
		return unanswered(v, mutating, ztp.CodeVendorUnavailable)
	}
	if v.Detail == "" && v.Code == ztp.CodeVendorRejected { // whose remedy is to read the reason
		v.Detail = fmt.Sprintf("Snom answered %d without a reason.", e.Status)
	}
	return v
}
