package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"zerotouch.example/internal/ztp"
)

// models are the phones that can be plugged in.
var models = []string{"D785", "D735", "D717", "D862", "D865", "D120"}

// newMAC is an address as Snom gives its phones (00:04:13), without separators.
func newMAC() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("000413%X", b[:])
}

func (d *desk) plugIn(w http.ResponseWriter, r *http.Request) {
	model := r.PostFormValue("model")
	if !slices.Contains(models, model) {
		d.render(w, r, http.StatusUnprocessableEntity, "There is no such model. Choose one from the list.")
		return
	}
	p, err := d.plug(model)
	switch {
	case errors.Is(err, errDeskFull):
		d.render(w, r, http.StatusConflict, "The desk is full. Unplug a phone first.")
		return
	case err != nil:
		d.render(w, r, http.StatusInternalServerError, "The phone cannot be plugged in: "+err.Error())
		return
	}
	backTo(w, r, "phone-"+p.phone.State().MAC)
}

// backTo answers a form with the page, scrolled to the phone or the section.
func backTo(w http.ResponseWriter, r *http.Request, anchor string) {
	http.Redirect(w, r, "/#"+anchor, http.StatusSeeOther)
}

// withPhone finds the phone of the path.
func (d *desk) withPhone(do func(http.ResponseWriter, *http.Request, *pluggedIn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		p := d.find(r.PathValue("mac"))
		d.mu.Unlock()
		if p == nil {
			d.render(w, r, http.StatusNotFound, "This phone is no longer on the desk.")
			return
		}
		do(w, r, p)
	}
}

// boot starts the phone and waits until it has found its settings or given up.
func (d *desk) boot(w http.ResponseWriter, r *http.Request, p *pluggedIn) {
	d.look(r.Context(), p, true)
	backTo(w, r, "phone-"+p.phone.State().MAC)
}

// reset makes the phone forget everything; it does not boot by itself, so that
// one can see what it forgot.
func (d *desk) reset(w http.ResponseWriter, r *http.Request, p *pluggedIn) {
	if err := p.phone.FactoryReset(); err != nil {
		d.render(w, r, http.StatusInternalServerError, "The phone cannot be reset: "+err.Error())
		return
	}
	d.mu.Lock()
	p.last, p.trouble = nil, ""
	d.mu.Unlock()
	backTo(w, r, "phone-"+p.phone.State().MAC)
}

// unplug takes the phone off the desk. What is registered stays registered.
func (d *desk) unplug(w http.ResponseWriter, r *http.Request, p *pluggedIn) {
	d.mu.Lock()
	d.phones = slices.DeleteFunc(d.phones, func(have *pluggedIn) bool { return have == p })
	d.mu.Unlock()
	backTo(w, r, "phones")
}

func (d *desk) removeCredential(w http.ResponseWriter, r *http.Request) {
	err := d.stage.unseed(r.Context())
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) { // pressed twice
		d.render(w, r, http.StatusInternalServerError, "The credential cannot be removed: "+err.Error())
		return
	}
	backTo(w, r, "credential")
}

func (d *desk) restoreCredential(w http.ResponseWriter, r *http.Request) {
	if err := d.stage.seed(r.Context()); err != nil {
		d.render(w, r, http.StatusInternalServerError, "The credential cannot be put back: "+err.Error())
		return
	}
	backTo(w, r, "credential")
}
