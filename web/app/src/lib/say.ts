// Short messages to the person at the screen.
import { ref } from 'vue'
import { ElMessage, ElMessageBox, ElNotification } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'
import 'element-plus/es/components/notification/style/css'
import { ApiError } from './api'
import { keep, recall } from './keep'
import { t } from './words'

export const ok = (text: string) => ElMessage.success({ message: text, grouping: true })
export const warn = (text: string) => ElMessage.warning({ message: text, grouping: true })

/** Shows why something failed; the server's sentence says what to do. */
export function fail(e: unknown): void {
  if (e instanceof ApiError && e.status === 401) return // the sign-in page says it
  ElMessage.error({ message: e instanceof Error ? e.message : String(e), grouping: true, duration: 6000, showClose: true })
}

/** Asks before something that others notice; true = yes. */
export async function sure(text: string, yes: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text, { confirmButtonText: yes, cancelButtonText: t('取消', 'Cancel'), type: 'warning' })
    return true
  } catch {
    return false
  }
}

/** Asks for a line of text; null = cancelled. */
export async function askText(text: string, placeholder: string, required = false, yes = t('确定', 'OK')): Promise<string | null> {
  try {
    const r = await ElMessageBox.prompt(text, {
      confirmButtonText: yes,
      cancelButtonText: t('取消', 'Cancel'),
      inputPlaceholder: placeholder,
      inputValidator: (v: string) => !required || !!v?.trim() || t('请填写', 'Required'),
    })
    return r.value?.trim() ?? ''
  } catch {
    return null
  }
}

/** Whether a sound is made; kept in this browser. */
export const sound = ref(recall('sound') !== 'off')
export function setSound(on: boolean): void {
  sound.value = on
  keep('sound', on ? 'on' : 'off')
  if (on) beep() // so that one hears what to expect
}

/** A new case waits: on screen, as a desktop notice and as a sound. Gives the
 * way to take the notice off the screen. */
export function alarm(title: string, body: string, onClick: () => void): () => void {
  const shown = ElNotification({
    title,
    message: body,
    type: 'warning',
    duration: 12_000,
    onClick: () => {
      shown.close()
      onClick()
    },
  })
  desktop(title, body, onClick)
  if (sound.value) beep()
  return () => shown.close()
}

/** A notice outside the page, only while nobody looks at it. */
export function desktop(title: string, body: string, onClick: () => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || !document.hidden) return
  const n = new Notification(title, { body, tag: title })
  n.onclick = () => {
    window.focus()
    onClick()
    n.close()
  }
}

function beep(): void {
  try {
    const audio = new AudioContext()
    const gain = audio.createGain()
    gain.gain.setValueAtTime(0.08, audio.currentTime)
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5)
    gain.connect(audio.destination)
    for (const [i, hz] of [660, 880].entries()) {
      const tone = audio.createOscillator()
      tone.frequency.value = hz
      tone.connect(gain)
      tone.start(audio.currentTime + i * 0.14)
      tone.stop(audio.currentTime + i * 0.14 + 0.13)
    }
    window.setTimeout(() => void audio.close(), 1000)
  } catch {
    // No sound device, or the page was not touched yet: the notice is on screen.
  }
}
