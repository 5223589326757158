package ztp

// The steps of operations. A step can be run again from its start after a crash.
const (
	StepFindCompany  = "find_company"
	StepTakeCompany  = "take_company"
	StepTidyKeys     = "tidy_keys"
	StepCreateKey    = "create_key"
	StepProve        = "prove"
	StepActivate     = "activate"
	StepDrain        = "drain"
	StepRevokeOld    = "revoke_old"
	StepListKeys     = "list_keys"
	StepCompareURLs  = "compare_urls"
	StepResumePhones = "resume_phones"
	StepStopUse      = "stop_use"
	StepPauseProfile = "pause_profile"
	StepPausePhones  = "pause_phones"
	StepRevokeKeys   = "revoke_keys"
	StepConfirm      = "confirm"
	StepCheck        = "check"
	StepRevokeKey    = "revoke_key"
	StepWriteProfile = "write_profile"
	StepWritePhones  = "write_phones"
	StepWrite        = "write"
	StepRelease      = "release"
	StepWipe         = "wipe"
	StepRevokeMade   = "revoke_made_key"
	StepPauseForeign = "pause_foreign"
	StepReadKeys     = "read_keys"
	StepReadPhones   = "read_phones"
	StepRevokeLost   = "revoke_lost_keys"
	StepSaveRows     = "save_rows"
	StepReadList     = "read_list"
	StepWriteItems   = "write_items"
	StepConfirmItems = "confirm_items"
	StepCompareList  = "compare_list"
	StepAdoptPhones  = "adopt_phones"
	StepTakePicked   = "take_picked"
	StepWriteNew     = "write_new"
	StepUndoNew      = "undo_new"
	StepRetireOld    = "retire_old"
	StepGiveUp       = "give_up"
	StepTakeOver     = "take_over"
	StepTakeBack     = "take_back"
	StepReleaseAll   = "release_all"
	StepDropProfile  = "drop_profile"
)

// stepTitles says for people what a step does.
var stepTitles = map[string]string{
	StepFindCompany:  "Find or create the company",
	StepTakeCompany:  "Take up the company",
	StepTidyKeys:     "Look for leftover keys of ours",
	StepCreateKey:    "Create the key",
	StepProve:        "Prove the key",
	StepActivate:     "Switch to the key",
	StepDrain:        "Let calls with the old key end",
	StepRevokeOld:    "Revoke the old key",
	StepListKeys:     "Look for keys that we did not make",
	StepCompareURLs:  "Compare every address with ours",
	StepResumePhones: "Redirect paused phones again",
	StepStopUse:      "Stop using the key",
	StepPauseProfile: "Pause the profile",
	StepPausePhones:  "Pause the phones",
	StepRevokeKeys:   "Revoke the keys",
	StepConfirm:      "Confirm that no key of ours is left",
	StepCheck:        "Check",
	StepRevokeKey:    "Remove the key",
	StepWriteProfile: "Write the profile",
	StepWritePhones:  "Write the phones",
	StepWrite:        "Write the phone",
	StepRelease:      "Give the phone up",
	StepWipe:         "Wipe the keys here",
	StepRevokeMade:   "Revoke the key made for this",
	StepPauseForeign: "Pause the redirection",
	StepReadKeys:     "Look which keys of ours there are",
	StepReadPhones:   "Read profiles and phones back",
	StepRevokeLost:   "Revoke the keys whose secret is lost",
	StepSaveRows:     "Take the rows of the file",
	StepReadList:     "Read the vendor's list",
	StepWriteItems:   "Write the phones, one call each",
	StepConfirmItems: "Compare with the vendor's list",
	StepCompareList:  "Compare every phone with the vendor's list",
	StepAdoptPhones:  "Register what the vendor has; nothing is sent",
	StepTakePicked:   "Take the phones that were picked",
	StepWriteNew:     "Write the new phone",
	StepUndoNew:      "Take the new phone off again",
	StepRetireOld:    "Release or pause the old phone",
	StepGiveUp:       "Give the phone up where it was",
	StepTakeOver:     "Register it in the other platform",
	StepTakeBack:     "Register it again where it was",
	StepReleaseAll:   "Give the phones up",
	StepDropProfile:  "Delete the profile",
}

// StepTitle returns what a step does, for people.
func StepTitle(name string) string {
	if t, ok := stepTitles[name]; ok {
		return t
	}
	return name
}

// phoneSteps are those that use the link's key for phones, or only read with it. They
// may run beside an operation that works on the link's keys.
var phoneSteps = map[string]bool{StepResumePhones: true, StepWritePhones: true, StepCompareURLs: true, StepWrite: true, StepRelease: true, StepPauseForeign: true,
	StepSaveRows: true, StepReadList: true, StepWriteItems: true, StepConfirmItems: true, StepCompareList: true, StepAdoptPhones: true, StepTakePicked: true,
	StepWriteNew: true, StepUndoNew: true, StepRetireOld: true, StepGiveUp: true, StepTakeOver: true, StepTakeBack: true}

// WorksKeys reports whether the operation has steps before it that work on the keys or
// the profile of its link. One such operation at a time runs on a link.
func (o Operation) WorksKeys() bool {
	for _, s := range o.Steps {
		if (s.State == StepPending || s.State == StepRunning) && !phoneSteps[s.Name] {
			return true
		}
	}
	return false
}

// StepsOf returns the steps of an operation of this kind, pending, in order. A
// pasted key (Params.Credential) needs none made; exposed adds the proof.
func StepsOf(kind OperationKind, p OperationParams) []Step {
	var names []string
	switch kind {
	case KindOnboard:
		names = []string{StepFindCompany, StepTidyKeys, StepCreateKey, StepProve, StepActivate, StepListKeys, StepResumePhones}
	case KindAdopt:
		names = []string{StepTakeCompany, StepTidyKeys, StepCreateKey, StepProve, StepActivate, StepListKeys, StepResumePhones}
	case KindConnect:
		names = []string{StepProve, StepActivate, StepListKeys, StepResumePhones}
	case KindRotate:
		names = []string{StepTidyKeys, StepCreateKey, StepProve, StepActivate, StepDrain, StepRevokeOld, StepListKeys}
		if p.Credential != 0 {
			names = []string{StepProve, StepActivate, StepDrain, StepRevokeOld, StepListKeys}
		}
		if p.Exposed {
			names = append(names, StepCompareURLs)
		}
	case KindDisable:
		names = []string{StepStopUse, StepPauseProfile, StepRevokeKeys, StepPausePhones, StepConfirm}
		if p.Force {
			names = []string{StepStopUse, StepWipe}
		}
	case KindOffboard:
		names = []string{StepStopUse, StepReleaseAll, StepPauseProfile, StepDropProfile, StepRevokeKeys, StepConfirm}
	case KindRebuild:
		names = []string{StepReadKeys, StepCreateKey, StepReadPhones, StepProve, StepActivate}
		if p.Again {
			names = []string{StepReadPhones}
		}
		if p.RevokeOld {
			names = append(names, StepRevokeLost)
		}
	case KindCheck:
		names = []string{StepCheck}
		if p.Exposed {
			names = append(names, StepCompareURLs)
		}
	case KindPauseForeign:
		names = []string{StepPauseForeign}
	case KindTidy:
		names = []string{StepTidyKeys, StepResumePhones}
	case KindRevokeKey:
		names = []string{StepRevokeKey}
	case KindUpdateAddress:
		names = []string{StepWriteProfile, StepWritePhones}
	case KindImport:
		names = []string{StepSaveRows, StepReadList, StepWriteItems, StepConfirmItems}
	case KindBulk:
		names = []string{StepReadList, StepWriteItems, StepConfirmItems}
		if p.Findings != "" {
			names = append([]string{StepTakePicked}, names...)
		}
	case KindSync:
		names = []string{StepCompareList}
		if p.Findings == DriftAdopt {
			names = []string{StepAdoptPhones}
		}
	case KindRegister, KindPause, KindResume:
		names = []string{StepWrite}
	case KindRelease:
		names = []string{StepRelease}
	case KindReplace:
		names = []string{StepWriteNew, StepRetireOld}
	case KindMove:
		names = []string{StepGiveUp, StepTakeOver}
	}
	steps := make([]Step, len(names))
	for i, n := range names {
		steps[i] = Step{Name: n, State: StepPending}
	}
	return steps
}
